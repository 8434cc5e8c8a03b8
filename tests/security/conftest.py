"""A headquarters and a store node for those who must be refused."""

from __future__ import annotations

from tests.edge.conftest import shop, template
from tests.hq.conftest import centre, centre_template, house, house_template

__all__ = ["centre", "centre_template", "house", "house_template", "shop", "template"]
