export { until } from "../../cli/until";
