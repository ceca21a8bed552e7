// pulumi-resource-hcloud is the provider plugin.
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"failoverpair/hcloud"
)

func main() {
	ctx := context.Background()
	tfbridge.MainWithMuxer(ctx, "hcloud", hcloud.Provider(ctx), hcloud.Schema)
}
