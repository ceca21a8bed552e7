// pulumi-tfgen-hcloud writes schema.json and bridge-metadata.json. It is run by hand on a version bump only: it links
// every Pulumi code generator, which takes longer to build than the provider itself.
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"

	"failoverpair/hcloud"
)

func main() {
	tfgen.MainWithMuxer("hcloud", hcloud.Provider(context.Background()))
}
