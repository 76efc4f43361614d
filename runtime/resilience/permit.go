package resilience

// Permit is the right to make one call. It is a value that can be copied.
type Permit struct {
	breaker *Breaker
	slot    int32
	serial  uint32
}

// permits remembers which permits are out: each has a slot, which is used again when it is back. The slot's serial number
// has gone up by then, so that a copy of the old permit fits no longer. There are as many slots as permits were ever out
// at once.
type permits struct {
	slots []permitSlot
	free  int32 // the first free slot, from 1; 0: none
}

type permitSlot struct {
	generation uint64 // of the breaker, when the permit was given
	serial     uint32
	next       int32 // the next free slot, while this is free
}

func (p *permits) issue(generation uint64) (slot int32, serial uint32) {
	if p.free == 0 {
		p.slots = append(p.slots, permitSlot{})
		p.free = int32(len(p.slots))
	}
	slot = p.free
	s := &p.slots[slot-1]
	p.free, s.generation = s.next, generation
	return slot, s.serial
}

func (p *permits) redeem(slot int32, serial uint32) (generation uint64, ok bool) {
	s := &p.slots[slot-1]
	if s.serial != serial {
		return 0, false
	}
	s.serial++
	s.next, p.free = p.free, slot
	return s.generation, true
}
