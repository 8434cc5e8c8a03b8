/** Dialogs by name; a feature adds its own with one line. */
import { Approval } from "./screens/approval.mjs";
import { Search } from "./screens/search.mjs";
import { PriceCheck } from "./screens/check.mjs";
import { Quantity, Grams, BasketNote } from "./screens/quantity.mjs";
import { DiscountDialog } from "./screens/discount.mjs";
import { Choose, Prices } from "./screens/choose.mjs";
import { ReasonDialog, CashMove } from "./screens/reasons.mjs";
import { Help } from "./screens/help.mjs";
import { More, Report } from "./screens/more.mjs";
import { PrinterDialog, ScannerDialog, LinkDialog } from "./screens/devices.mjs";

export const DIALOGS = {
  approval: Approval,
  search: Search,
  check: PriceCheck,
  quantity: Quantity,
  grams: Grams,
  note: BasketNote,
  discount: DiscountDialog,
  choose: Choose,
  prices: Prices,
  reason: ReasonDialog,
  cash: CashMove,
  help: Help,
  more: More,
  report: Report,
  printer: PrinterDialog,
  scanner: ScannerDialog,
  link: LinkDialog,
};
