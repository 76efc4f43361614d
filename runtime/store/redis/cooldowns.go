package redis

import (
	"context"
	"time"
)

// CoolDown implements store.Cooldowns. While Redis is away, this process remembers for itself.
func (s *Store) CoolDown(ctx context.Context, key string, d time.Duration) {
	if d <= 0 {
		return
	}
	s.local.CoolDown(ctx, key, d)
	if !s.gate.open() {
		return
	}
	short, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	ms := (d + time.Millisecond - 1).Milliseconds()
	s.noted(ctx, cooldownScript.Run(short, s.client, []string{s.coolKey(key)}, ms).Err())
}

// Cooling implements store.Cooldowns.
func (s *Store) Cooling(ctx context.Context, key string) time.Duration {
	here := s.local.Cooling(ctx, key)
	if !s.gate.open() {
		return here
	}
	short, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	left, err := s.client.PTTL(short, s.coolKey(key)).Result()
	s.noted(ctx, err)
	if err != nil {
		return here
	}
	return max(left, 0) // what is not there is -2
}

// noted remembers whether Redis could be reached; a context that ended says nothing about it.
func (s *Store) noted(ctx context.Context, err error) {
	switch {
	case err == nil:
		s.gate.reached()
	case !ended(ctx) && away(err):
		s.gate.missed()
	}
}

func (s *Store) coolKey(key string) string { return s.prefix + "cool:" + key }
