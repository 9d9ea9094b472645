package result

// Costs is who used what over the whole run: by class of work, the idle GPUs
// of class none among them, and by tenant. Both add up to the fleet's.
type Costs struct {
	ByClass map[string]*Use `json:"by_class"`
	// ByTenant are jobs, and deployments in proportion to the tokens processed
	// for each tenant; "(none)" is work without a tenant, "(nobody)" GPUs that no
	// work held.
	ByTenant map[string]*Use `json:"by_tenant"`
	// PerMillionTokens are the cost of a class divided by the tokens it made:
	// inference by those generated, rl by those of samples used, training by
	// those trained on.
	PerMillionTokens map[string]*PerTokens `json:"per_million_tokens,omitempty"`
}

// Use is what somebody has used.
type Use struct {
	GPUHours  float64 `json:"gpu_hours"`
	EnergyKWh float64 `json:"energy_kwh"`
	CostUSD   float64 `json:"cost_usd"`
	CarbonKg  float64 `json:"carbon_kg,omitempty"`
}

// PerTokens is what a million tokens took.
type PerTokens struct {
	USD   float64 `json:"usd"`
	Joule float64 `json:"joule"`
	GCO2  float64 `json:"gco2,omitempty"`
}
