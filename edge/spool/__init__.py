"""Papers and drawer pulses that the journal owes: durable, in order, with evidence instead of a boolean.

Nouns: job (one paper or one pulse; `print_job`), event (one move of a job; `print_event`, append-only), lane (the
worker of one terminal's printer and drawer). A job that has sent a body byte is never sent again by the machine:
it ends DONE, SENT_UNVERIFIED or UNKNOWN, and UNKNOWN is settled by a person (`spool.resolve`).
Tables: print_job, print_event.
"""
