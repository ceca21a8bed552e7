import { describeErrors } from "./apiErrors";

describeErrors("clear");
