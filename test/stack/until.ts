export { until } from "../../scripts/until";
