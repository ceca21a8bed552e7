import { describeErrors } from "./apiErrors";

describeErrors("assign");
