// Package hcloud describes the upstream Terraform provider to the Pulumi bridge.
package hcloud

import (
	"context"
	_ "embed"

	upstream "github.com/hetznercloud/terraform-provider-hcloud/hcloud"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// Version is that of the npm package @pulumi/hcloud, whose SDK this provider serves.
const Version = "1.41.0"

// At run time the bridge finds in here which half, SDKv2 or plugin framework, serves a resource.
//
//go:embed bridge-metadata.json
var metadata []byte

// Schema is what the generator wrote; a provider serves it and also reads secrets and defaults from it.
//
//go:embed schema.json
var Schema []byte

// Provider is the upstream provider with the names and ids that the published SDK uses.
func Provider(ctx context.Context) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P: pf.MuxShimWithPF(ctx,
			sdkv2.NewProvider(upstream.Provider()),
			upstream.NewPluginProvider()),
		Name:         "hcloud",
		DisplayName:  "Hetzner Cloud",
		Version:      Version,
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
	}
	info.MustComputeTokens(tokens.SingleModule("hcloud_", "index", tokens.MakeStandard("hcloud")))
	idsAreStrings(&info)
	info.SetAutonaming(255, "-")
	return info
}

// Pulumi has string ids only, the plugin framework resources have numbers.
func idsAreStrings(info *tfbridge.ProviderInfo) {
	info.P.ResourcesMap().Range(func(name string, resource shim.Resource) bool {
		id, ok := resource.Schema().GetOk("id")
		if !ok || id.Type() == shim.TypeString {
			return true
		}
		known := info.Resources[name]
		if known.Fields == nil {
			known.Fields = map[string]*tfbridge.SchemaInfo{}
		}
		known.Fields["id"] = &tfbridge.SchemaInfo{Type: "string"}
		return true
	})
}
