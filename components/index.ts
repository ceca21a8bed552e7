export { AliasFollows } from "./spec/aliasFollows";
export type { FailoverNodeInfo } from "./failoverNodeInfo";
export { FailoverPair } from "./failoverPair";
export type { FailoverCheckArgs, FailoverNodeArgs, FailoverPairArgs, FailoverSshProxyArgs } from "./failoverPairArgs";
export { Timing } from "./spec/timing";
