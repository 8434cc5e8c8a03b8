"""The demo chain: HQ, two stores, emulated hardware and a real line between them; and the selfcheck of the main job."""
