"""Receipts and jobs for the driver tests."""

from collections.abc import Callable
from dataclasses import fields, replace

from drivers.printer.layout import render
from drivers.printer.protocol import PrinterCaps, PrintJob, fence_token
from retail import receipt

RECEIPT_NUMBER = "001-01/K7Q2M-15"
# The words of the receipt below as they are written with traditional characters.
TRADITIONAL = str.maketrans("连锁场宝饮装计订谢顾", "連鎖場寶飲裝計訂謝顧")
ENGLISH = {
    "示范连锁超市": "Model Supermarkets",
    "惠康店 001": "Wellgood 001",
    "折扣 -1.00": "Discount -1.00",
    "合计 ¥": "Total",
    "微信支付": "WeChat Pay",
    "小计": "Subtotal",
    "谢谢惠顾": "Thank you",
}
AMOUNTS = ("16.00", "28.50", "1,234.50", "84.00", "1,318.50")


def a_receipt(
    language: str = "zh-Hans", *, name: str = "孖宝蛋糕 - 樱桃提子 75克", copy: int = 0
) -> receipt.Document:
    """A receipt with two items, a double-size total, a QR code and the amounts of AMOUNTS."""
    marks = (receipt.CopyMark(copy),) if copy else ()
    if language == "zh-Hant":
        return _in_words(a_receipt(name=name, copy=copy), language, lambda text: text.translate(TRADITIONAL))
    if language == "en":
        return _in_words(
            a_receipt(name="Cake 75 g", copy=copy),
            language,
            lambda text: ENGLISH.get(text, "".join(char for char in text if char.isascii())),
        )
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


def _in_words(document: receipt.Document, language: str, words: Callable[[str], str]) -> receipt.Document:
    """The same receipt with other words."""

    def told(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(told(part) for part in value)
        return words(value) if isinstance(value, str) else value

    blocks = [
        block
        if isinstance(block, receipt.Qr | receipt.Barcode)
        else replace(
            block,
            **{
                field.name: told(getattr(block, field.name))
                for field in fields(block)
                if field.name not in ("align",)
            },
        )
        for block in document.blocks
    ]
    return receipt.Document(blocks=tuple(blocks), language=language)


def a_job(number: int = 1, caps: PrinterCaps | None = None, *, body: bytes | None = None) -> PrintJob:
    """A job with its own token; the body is a receipt unless given."""
    paper = render(a_receipt(), caps or PrinterCaps()) if body is None else body
    return PrintJob(id=f"job-{number}", kind="receipt", body=paper, token=fence_token(number))
