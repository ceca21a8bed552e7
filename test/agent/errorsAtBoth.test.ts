import { describeErrors } from "./apiErrors";

describeErrors("both");
