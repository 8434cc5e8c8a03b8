"""Power cuts, full and failing disks, kills and bit rot, made on purpose and counted (FAULTS ES, PW).

    vfs, files   hear what the engine and plain Python do to files, in order
    recorder     one act of the real node as a log of operations and committed moments
    model        the states that a power cut may leave behind, drawn from the log
    judge        opens a state as a boot does and says whether anything is lost or half

`edge_main` crashes a real process at named points instead; the selfcheck and the stories use it.
"""
