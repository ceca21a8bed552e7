export { until } from "../cloud/until";
