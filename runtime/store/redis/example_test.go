package redis_test

import (
	"log"

	alloy "github.com/alloygen/alloygen/runtime"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
)

// Three replicas share their limits, cooldowns, budgets and runs. While Redis is away each goes on with a third of the limits.
func ExampleOpen() {
	shared, err := redisstore.Open("redis://localhost:6379/0", redisstore.WithReplicas(3))
	if err != nil {
		log.Fatal(err)
	}
	defer shared.Close()
	if err := alloy.Configure(alloy.WithStore(shared)); err != nil {
		log.Fatal(err)
	}
}
