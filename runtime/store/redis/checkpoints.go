package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/alloygen/alloygen/runtime/store"
)

// Save implements store.Checkpointer. It keeps the newest state alone.
func (s *Store) Save(ctx context.Context, run string, data []byte) error {
	return s.do(ctx, "save", run, func(ctx context.Context) error {
		ctx, cancel := s.sized(ctx, int64(len(data)))
		defer cancel()
		return s.bulk.Set(ctx, s.runKey(run), data, s.ttl).Err()
	})
}

// Load implements store.Checkpointer.
func (s *Store) Load(ctx context.Context, run string) (data []byte, err error) {
	err = s.do(ctx, "load", run, func(ctx context.Context) (err error) {
		size, err := s.client.StrLen(ctx, s.runKey(run)).Result()
		if err != nil {
			return err
		}
		ctx, cancel := s.sized(ctx, size)
		defer cancel()
		data, err = s.bulk.Get(ctx, s.runKey(run)).Bytes()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("%w: the run %q in redis", store.ErrNotFound, run)
	}
	return data, err
}

func (s *Store) runKey(run string) string { return s.prefix + "run:" + run }
