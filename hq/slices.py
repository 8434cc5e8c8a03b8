"""Every slice of HQ, one line each, in the order of the side bar; and who publishes."""

from hq import (
    access,
    api,
    audit,
    backups,
    catalogue,
    console,
    enrolment,
    fleet,
    imports,
    ingest,
    people,
    prices,
    publish,
    sales,
    settings,
    stock,
    stores,
)
from hq.publish.actions import publish as publisher
from hq.slice import Slice

SLICES: tuple[Slice, ...] = (
    console.SLICE,
    sales.SLICE,
    catalogue.SLICE,
    prices.SLICE,
    imports.SLICE,
    stock.SLICE,
    people.SLICE,
    fleet.SLICE,
    stores.SLICE,
    settings.SLICE,
    access.SLICE,
    audit.SLICE,
    backups.SLICE,
    enrolment.SLICE,
    api.SLICE,
    publish.SLICE,
    ingest.SLICE,
)

PUBLISHER = publisher
