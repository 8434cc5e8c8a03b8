"""Receipt printers that speak ESC/POS: promise, text encoder, layout, device, emulator.

`layout.render(document, caps)` makes the bytes of a body, `escpos.EscposPrinter.run(job, on)` prints it with
evidence, `spool_states` is the table a durable spool must obey, `emulator` is a printer made of software.
"""
