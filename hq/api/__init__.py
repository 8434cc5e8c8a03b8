"""The JSON API below `/api/v1/` for other programs: products, prices, stores, sales totals.

Callers show a bearer token (made on a user's page) or a browser session; rights and stores are that person's.
A call that changes something takes `Idempotency-Key`: the same key answers the same result for seven days, the
same key with another body is refused with 422. Table `api_answer`: its row is written in the transaction of the
effect (`once`).
"""

from hq.api.jobs import jobs
from hq.slice import Slice

SLICE = Slice(name="api", pages=("hq.api.pages:pages",), jobs=jobs)
