"""Changing the catalogue."""

from __future__ import annotations

from dataclasses import replace

from hq.allowed import require, require_chain
from hq.catalogue import repository
from hq.catalogue.model import (
    Product,
    Text,
    checked_barcode,
    checked_name,
    checked_sku,
    checked_spec,
    checked_unit,
)
from hq.change import Change
from hq.settings.model import checked_code
from hq.settings.repository import dumps
from kit.context import Context
from retail.errors import Conflict, Invalid, NotFound

CHAIN = "chain"
ONE = 1000


def save_product(ctx: Context, wanted: Product, *, version: int | None) -> Product:
    """Add (`version` None) or change a product; the version seen must still be the stored one."""
    require(ctx, "catalogue.change")
    require_chain(ctx)
    product = replace(
        wanted, sku=checked_sku(wanted.sku), name=checked_name(wanted.name), spec=checked_spec(wanted.spec),
        unit=checked_unit(wanted.unit, wanted.weighed),
    )  # fmt: skip
    with ctx.app.change(ctx) as change:
        before = repository.product(change.connection, product.sku)
        row = repository.product_row(change.connection, product.sku)
        if version is None and before is not None:
            raise Conflict("catalogue.sku_taken", sku=product.sku)
        if version is not None and row is None:
            raise NotFound("catalogue.product_unknown", sku=product.sku)
        if version is not None and row is not None and row.version != version:
            raise Conflict("catalogue.changed_meanwhile", sku=product.sku)
        check_references(change, product)
        product = replace(product, barcodes=before.barcodes if before else ())
        write_products(change, [product])
        verb = "catalogue.product_added" if before is None else "catalogue.product_changed"
        change.audit(
            verb, f"product:{product.sku}", before=before.facts() if before else None, after=product.facts()
        )
    return product


def check_references(change: Change, product: Product) -> None:
    """Tax code, category and brand must exist."""
    taxes = repository.tax_codes(change.connection)
    if (product.tax_code or taxes) and product.tax_code not in taxes:
        raise Invalid("catalogue.tax_unknown", value=product.tax_code, known=sorted(taxes))
    if product.category and repository.category(change.connection, product.category) is None:
        raise Invalid("catalogue.category_unknown", value=product.category)
    if product.brand and product.brand not in repository.brands(change.connection):
        raise Invalid("catalogue.brand_unknown", value=product.brand)


def write_products(change: Change, products: list[Product]) -> None:
    """Store products and note what to publish; the import uses it for thousands at once."""
    brands = repository.brands(change.connection)
    repository.save_products(change.connection, products, brands, change.now_ms)
    change.touch_all(CHAIN, "product", (product.sku for product in products))


def write_barcodes(change: Change, added: list[tuple[str, str, int]], removed: list[tuple[str, str]]) -> None:
    """Store and take away barcodes, keep their products findable by them, and note what to publish."""
    repository.delete_barcodes(change.connection, removed)
    repository.save_barcodes(change.connection, added)
    skus = [*(sku for _code, sku, _quantity in added), *(sku for _code, sku in removed)]
    repository.refresh_search(change.connection, skus)
    change.touch_all(CHAIN, "barcode", (f"{code}|{sku}" for code, sku, _quantity in added))
    change.touch_all(CHAIN, "barcode", (f"{code}|{sku}" for code, sku in removed))


def add_barcode(ctx: Context, sku: str, code: str, *, quantity: int = ONE) -> None:
    """One more code for a product; `quantity` is what one scan counts (a case of twelve: 12000)."""
    require(ctx, "catalogue.change")
    require_chain(ctx)
    code = checked_barcode(code)
    if not ONE <= quantity <= 1000 * ONE:
        raise Invalid("catalogue.barcode_quantity", quantity=quantity)
    with ctx.app.change(ctx) as change:
        product = _existing(change, sku)
        if any(known == code for known, _quantity in product.barcodes):
            raise Conflict("catalogue.barcode_known", code=code)
        codes = tuple(sorted((*product.barcodes, (code, quantity))))
        write_products(change, [replace(product, barcodes=codes)])
        write_barcodes(change, [(code, sku, quantity)], [])
        change.audit("catalogue.barcode_added", f"product:{sku}", barcode=code, pieces=quantity // ONE)


def remove_barcode(ctx: Context, sku: str, code: str) -> None:
    """Take a code away from a product."""
    require(ctx, "catalogue.change")
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        product = _existing(change, sku)
        if all(known != code for known, _quantity in product.barcodes):
            raise NotFound("catalogue.barcode_unknown", code=code[:60])
        codes = tuple(pair for pair in product.barcodes if pair[0] != code)
        write_products(change, [replace(product, barcodes=codes)])
        write_barcodes(change, [], [(code, sku)])
        change.audit("catalogue.barcode_removed", f"product:{sku}", barcode=code)


def save_category(ctx: Context, *, code: str, name: Text, parent: str | None, position: int = 0) -> None:
    """Add or change a category; it cannot lie below itself."""
    require(ctx, "catalogue.change")
    require_chain(ctx)
    code = checked_code(code)
    name = checked_name(name)
    with ctx.app.change(ctx) as change:
        above = parent
        while above:
            if above == code:
                raise Invalid("catalogue.category_circle", code=code)
            row = repository.category(change.connection, above)
            if row is None:
                raise NotFound("catalogue.category_unknown", value=above)
            above = row.parent
        before = repository.category(change.connection, code)
        values = {"code": code, "parent": parent or None, "name": dumps(name), "position": position}
        repository.save_categories(change.connection, [values])
        change.touch(CHAIN, "category", code)
        change.audit(
            "catalogue.category_saved", "settings:categories", before=dict(before._mapping) if before else None,
            after=values,
        )  # fmt: skip


def save_brand(ctx: Context, *, code: str, name: Text) -> None:
    """Add or rename a brand; its products carry the new name."""
    require(ctx, "catalogue.change")
    require_chain(ctx)
    code = checked_code(code)
    name = checked_name(name)
    with ctx.app.change(ctx) as change:
        before = repository.brand_name(change.connection, code)
        repository.save_brands(change.connection, [{"code": code, "name": dumps(name)}])
        products = [
            found
            for sku in repository.skus_of_brand(change.connection, code)
            if (found := repository.product(change.connection, sku)) is not None
        ]
        write_products(change, products)
        change.audit("catalogue.brand_saved", "settings:brands", code=code, before=before or None, after=name)


def _existing(change: Change, sku: str) -> Product:
    product = repository.product(change.connection, sku)
    if product is None:
        raise NotFound("catalogue.product_unknown", sku=sku[:60])
    return product
