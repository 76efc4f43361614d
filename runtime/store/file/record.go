package file

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// A record is its checksum (4 bytes), the time of the change (milliseconds since 1970, 8 bytes), whether the TTL ends it (1
// byte) and the data. bbolt checks its heads alone, so that a flipped bit in a record would go unnoticed.
const recordHead = 4 + 8 + 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes a record of data.
func seal(key string, ends bool, data []byte) []byte {
	r := make([]byte, recordHead, recordHead+len(data))
	binary.BigEndian.PutUint64(r[4:], uint64(time.Now().UnixMilli()))
	if ends {
		r[12] = 1
	}
	r = append(r, data...)
	binary.BigEndian.PutUint32(r, sum(key, r))
	return r
}

// unseal returns the data of a record, as part of it.
func unseal(key string, r []byte) ([]byte, error) {
	if len(r) < recordHead || binary.BigEndian.Uint32(r) != sum(key, r) {
		return nil, errors.New("its checksum is wrong")
	}
	return r[recordHead:], nil
}

// ends is the time of the change of a record that the TTL ends.
func ends(r []byte) (time.Time, bool) {
	if len(r) < recordHead || r[12] == 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(r[4:]))), true
}

func sum(key string, r []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, r[4:])
}
