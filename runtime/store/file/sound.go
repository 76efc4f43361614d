package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
)

// The layout of a bbolt file, version 2, in the byte order of the machine: bbolt's internal/common says the same. It is read
// here because bbolt trusts its pages: over a branch that leads to itself it recurses until the process dies, which no
// recover helps against, and its own Check does the same.
const (
	pageHead   = 16 // id 8, flags 2, count 2, overflow 4
	elementLen = 16 // branch: pos 4, ksize 4, page 8; leaf: flags 4, pos 4, ksize 4, vsize 4

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of a leaf's element

	metaPageSize, metaRoot, metaFreelist, metaPages, metaTx, metaSum = 8, 16, 32, 40, 48, 56 // behind the head
	metaEnd                                                          = metaSum + 8
)

// pages is a file whose pages are being looked at.
type pages struct {
	file  *os.File
	size  int64 // of a page
	count uint64
	seen  map[uint64]bool
}

// sound reads every page that is in use and sees that each is what it says it is, lies within the file, and is reached once,
// and that none of them is free.
func (s *Store) sound() error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer f.Close()
	p := &pages{file: f, seen: map[uint64]bool{}}
	if err := p.check(); err != nil {
		return &CorruptError{Path: s.path, Err: err}
	}
	return nil
}

var order = binary.NativeEndian

func (p *pages) check() error {
	meta, err := p.meta()
	if err != nil {
		return err
	}
	p.count = order.Uint64(meta[metaPages:])
	if info, err := p.file.Stat(); err != nil {
		return err
	} else if have := uint64(info.Size() / p.size); have < p.count {
		return fmt.Errorf("it is cut: it has %d pages of %d", have, p.count)
	}
	if err := p.tree(order.Uint64(meta[metaRoot:])); err != nil {
		return err
	}
	return p.free(order.Uint64(meta[metaFreelist:]))
}

// meta returns the newer one of the two sound descriptions of the file.
func (p *pages) meta() (newest []byte, err error) {
	at := int64(0)
	for range 2 {
		buf := make([]byte, pageHead+metaEnd)
		if _, err := p.file.ReadAt(buf, at); err != nil {
			return nil, err
		}
		meta := buf[pageHead:]
		sum := fnv.New64a()
		_, _ = sum.Write(meta[:metaSum])
		if order.Uint64(meta[metaSum:]) == sum.Sum64() {
			p.size = int64(order.Uint32(meta[metaPageSize:]))
			if newest == nil || order.Uint64(meta[metaTx:]) > order.Uint64(newest[metaTx:]) {
				newest = meta
			}
		}
		if at = p.size; at == 0 { // the first is damaged, and the size of its page with it
			at = int64(os.Getpagesize())
		}
	}
	if newest == nil || p.size < pageHead+metaEnd {
		return nil, errors.New("neither of its two heads is sound")
	}
	return newest, nil
}

// page reads a page and those that it flows over into.
func (p *pages) page(id uint64) (data []byte, flags uint16, count uint64, err error) {
	if id < 2 || id >= p.count || p.seen[id] {
		return nil, 0, 0, fmt.Errorf("page %d is used twice, or is none", id)
	}
	head := make([]byte, pageHead)
	if _, err := p.file.ReadAt(head, int64(id)*p.size); err != nil {
		return nil, 0, 0, err
	}
	over := uint64(order.Uint32(head[12:]))
	if found := order.Uint64(head); found != id || over >= p.count-id {
		return nil, 0, 0, fmt.Errorf("page %d says that it is page %d with %d more", id, found, over)
	}
	for i := range over + 1 {
		if p.seen[id+i] {
			return nil, 0, 0, fmt.Errorf("page %d is used twice", id+i)
		}
		p.seen[id+i] = true
	}
	data = make([]byte, int64(over+1)*p.size)
	_, err = p.file.ReadAt(data, int64(id)*p.size)
	return data, order.Uint16(head[8:]), uint64(order.Uint16(head[10:])), err
}

// tree looks at the page of a tree, and at all below.
func (p *pages) tree(id uint64) error {
	data, flags, count, err := p.page(id)
	if err != nil {
		return err
	}
	if flags != branchFlag && flags != leafFlag || flags == branchFlag && count == 0 {
		return fmt.Errorf("page %d is no page of a tree (%#x)", id, flags)
	}
	return p.elements(id, data, flags == leafFlag, count)
}

func (p *pages) elements(id uint64, data []byte, leaf bool, count uint64) error {
	if pageHead+count*elementLen > uint64(len(data)) {
		return fmt.Errorf("page %d is too short for its %d entries", id, count)
	}
	for i := range count {
		at := pageHead + i*elementLen
		e := data[at : at+elementLen]
		if !leaf {
			if at+uint64(order.Uint32(e))+uint64(order.Uint32(e[4:])) > uint64(len(data)) {
				return fmt.Errorf("page %d: a key lies outside of it", id)
			}
			if err := p.tree(order.Uint64(e[8:])); err != nil {
				return err
			}
			continue
		}
		value := at + uint64(order.Uint32(e[4:])) + uint64(order.Uint32(e[8:]))
		end := value + uint64(order.Uint32(e[12:]))
		if end > uint64(len(data)) {
			return fmt.Errorf("page %d: a value lies outside of it", id)
		}
		if order.Uint32(e)&bucketFlag != 0 {
			if err := p.bucket(id, data[value:end]); err != nil {
				return err
			}
		}
	}
	return nil
}

// bucket looks at a bucket: {root 8, sequence 8}, and a leaf page of its own behind it if its root is 0.
func (p *pages) bucket(id uint64, value []byte) error {
	if len(value) < 16 {
		return fmt.Errorf("page %d: a bucket is too short", id)
	}
	if root := order.Uint64(value); root != 0 {
		return p.tree(root)
	}
	inner := value[16:]
	if len(inner) < pageHead || order.Uint16(inner[8:]) != leafFlag {
		return fmt.Errorf("page %d: a bucket within it is none", id)
	}
	return p.elements(id, inner, true, uint64(order.Uint16(inner[10:])))
}

// free looks at the list of free pages.
func (p *pages) free(id uint64) error {
	data, flags, count, err := p.page(id)
	if err != nil {
		return err
	}
	if flags != freelistFlag {
		return fmt.Errorf("page %d is no list of free pages (%#x)", id, flags)
	}
	ids := data[pageHead:]
	if count == 0xFFFF { // the real count comes first
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("page %d is too short for %d free pages", id, count)
	}
	for i := range count {
		free := order.Uint64(ids[i*8:])
		if free < 2 || free >= p.count || p.seen[free] {
			return fmt.Errorf("page %d is free and in use, or is none", free)
		}
		p.seen[free] = true
	}
	return nil
}
