package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Epoch implements store.Results. It is kept in Redis if that writes a log (appendonly yes), so that it is lost with what is
// lost; otherwise it is the server's run id, which changes when it is started again. Of a cluster it is made of all primaries'
// run ids, whatever they write, since one of them can lose what it has without the others.
func (s *Store) Epoch(ctx context.Context) (epoch string, err error) {
	err = s.do(ctx, "epoch", "", func(ctx context.Context) (err error) {
		epoch, err = s.epoch(ctx)
		return err
	})
	return epoch, err
}

func (s *Store) epoch(ctx context.Context) (string, error) {
	var mu sync.Mutex
	var runs []string
	logged := true
	err := s.each(ctx, func(ctx context.Context, node redis.UniversalClient) error {
		info, err := node.Info(ctx).Result()
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		runs = append(runs, field(info, "run_id"))
		logged = logged && field(info, "aof_enabled") == "1"
		return nil
	})
	if err != nil {
		return "", err
	}
	if logged && len(runs) == 1 {
		return s.keptEpoch(ctx)
	}
	slices.Sort(runs)
	return "run " + strings.Join(runs, " "), nil
}

// keptEpoch is the epoch that is kept in Redis, or a new one.
func (s *Store) keptEpoch(ctx context.Context) (string, error) {
	key := s.prefix + "epoch"
	for {
		epoch, err := s.client.Get(ctx, key).Result()
		if err == nil {
			return "log " + epoch, nil
		}
		if !errors.Is(err, redis.Nil) {
			return "", err
		}
		if err := s.client.SetNX(ctx, key, rand.Text(), 0).Err(); err != nil {
			return "", err
		}
	}
}

// field is a line "name:value" of INFO.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
