package scenario

import (
	"reflect"
	"slices"
	"strings"
)

// lookingRouters are the routers that Routing is for.
var lookingRouters = []string{"least-kv-tokens", "prefix-affinity", "weighted"}

// routing checks the settings of a router that looks at its replicas.
func (r *resolver) routing(path, router string, s **Routing) {
	looks := slices.Contains(lookingRouters, router)
	switch {
	case !looks && *s != nil:
		r.fail(path, "the router %s takes no settings; %s do", router, strings.Join(lookingRouters, ", "))
		return
	case !looks:
		return
	case *s == nil:
		*s = defaulted[Routing]()
	}
	if (*s).Refresh == 0 {
		r.fail(path+".refresh", "must be longer than 0s")
	}
	if w := (*s).Weights; router == "weighted" && w.Queue+w.KV+w.Prefix == 0 {
		r.fail(path+".weights", "are all 0")
	}
}

// defaulted returns a section as it is when nothing is written in it.
func defaulted[T any]() *T {
	v := new(T)
	d := decoder{where: map[string]position{}}
	d.defaults(reflect.ValueOf(v).Elem(), "", position{})
	return v
}
