"""Receipts and jobs for the driver tests."""

from drivers.printer.layout import render
from drivers.printer.protocol import PrinterCaps, PrintJob, fence_token
from retail import receipt

RECEIPT_NUMBER = "001-01/K7Q2M-15"
AMOUNTS = ("16.00", "28.50", "1,234.50", "84.00", "1,318.50")


def a_receipt(
    language: str = "zh-Hans", *, name: str = "孖宝蛋糕 - 樱桃提子 75克", copy: int = 0
) -> receipt.Document:
    """A receipt with two items, a double-size total, a QR code and the amounts of AMOUNTS."""
    marks = (receipt.CopyMark(copy),) if copy else ()
    return receipt.Document(
        blocks=(
            *marks,
            receipt.Line("示范连锁超市", "center", True, True),
            receipt.Line("惠康店 001", "center"),
            receipt.Rule(),
            receipt.Item(name, "2", "8.00", "16.00", ("折扣 -1.00",)),
            receipt.Item("七喜碳酸饮料 罐装 330毫升", "1", "28.50", "28.50", ()),
            receipt.Rule(),
            receipt.Columns("合计 ¥", "1,234.50", True, True),
            receipt.Columns("微信支付", "84.00"),
            receipt.Columns("小计", "1,318.50"),
            receipt.Blank(1),
            receipt.Qr(RECEIPT_NUMBER),
            receipt.Barcode(RECEIPT_NUMBER),
            receipt.Line("谢谢惠顾", "center"),
            *marks,
        ),
        language=language,
    )


def a_job(number: int = 1, caps: PrinterCaps | None = None, *, body: bytes | None = None) -> PrintJob:
    """A job with its own token; the body is a receipt unless given."""
    paper = render(a_receipt(), caps or PrinterCaps()) if body is None else body
    return PrintJob(id=f"job-{number}", kind="receipt", body=paper, token=fence_token(number))
