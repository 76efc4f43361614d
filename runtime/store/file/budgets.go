package file

import (
	"context"
	"encoding/json"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/alloygen/alloygen/runtime/store/internal/spending"
)

// Reserve implements store.Budgets.
func (s *Store) Reserve(ctx context.Context, key string, per time.Duration, limit, amount int64) (ok bool, spent int64, err error) {
	if ctx.Err() != nil {
		return false, 0, context.Cause(ctx)
	}
	if err := spending.CheckReserve(per, limit, amount); err != nil {
		return false, 0, err
	}
	err = s.account(key, per, func(a *spending.Account) {
		ok = a.Reserve(time.Now(), per, limit, amount)
		spent = a.Spent
	})
	if err != nil {
		return false, 0, s.failed("reserve", key, err)
	}
	return ok, spent, nil
}

// Settle implements store.Budgets, whatever has become of the caller's context.
func (s *Store) Settle(_ context.Context, key string, per time.Duration, delta int64) error {
	if err := spending.Check(per, 0, delta); err != nil {
		return err
	}
	return s.failed("settle", key, s.account(key, per, func(a *spending.Account) { a.Settle(time.Now(), per, delta) }))
}

// account is the record of a budget: one for a key and per, whatever the period.
type account struct {
	spending.Account
	Per time.Duration
}

func (s *Store) account(key string, per time.Duration, do func(*spending.Account)) error {
	name := key + "\x00" + per.String()
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(budgetsBucket)
		a := account{Per: per}
		if r := b.Get([]byte(name)); r != nil {
			if err := a.read(name, r); err != nil {
				return s.damaged("budget", key, err)
			}
		}
		do(&a.Account)
		data, err := json.Marshal(a)
		if err != nil {
			return err
		}
		return b.Put([]byte(name), seal(name, false, data))
	})
}

func (a *account) read(name string, record []byte) error {
	data, err := unseal(name, record)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, a)
}

// over says whether nothing of a record counts any more.
func over(name, record []byte, now time.Time) bool {
	var a account
	return a.read(string(name), record) == nil && a.Over(now, a.Per)
}
