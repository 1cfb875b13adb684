;; Looks through a block of bytes sixteen at a time. The block begins at 131072 and has 262144 bytes; 16 bytes behind its
;; end may be read. Before it there is room for six sets of marks, 20480 bytes each. The first 128 bytes of a set are
;; eight tables of 16 bytes: for each of a mark's four bytes the kinds of mark whose byte has this low half, then this
;; high half (one bit a kind). From byte 4096 of it on, 4096 words hold the marks at their hashes.
(module
  (memory (export "memory") 7)

  ;; The address of the next mark of the set at $marks that is at or after $at, or -1. A mark must begin before $end.
  (func (export "find") (param $marks i32) (param $at i32) (param $end i32) (result i32)
    (local $low v128) (local $kinds v128) (local $v v128) (local $lanes i32) (local $here i32) (local $word i32)
    (local $lo0 v128) (local $lo1 v128) (local $lo2 v128) (local $lo3 v128)
    (local $hi0 v128) (local $hi1 v128) (local $hi2 v128) (local $hi3 v128)
    (local.set $low (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15))
    (local.set $lo0 (v128.load offset=0 (local.get $marks)))
    (local.set $hi0 (v128.load offset=16 (local.get $marks)))
    (local.set $lo1 (v128.load offset=32 (local.get $marks)))
    (local.set $hi1 (v128.load offset=48 (local.get $marks)))
    (local.set $lo2 (v128.load offset=64 (local.get $marks)))
    (local.set $hi2 (v128.load offset=80 (local.get $marks)))
    (local.set $lo3 (v128.load offset=96 (local.get $marks)))
    (local.set $hi3 (v128.load offset=112 (local.get $marks)))
    (loop $block
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $v (v128.load (local.get $at)))
      (local.set $kinds (v128.and
        (i8x16.swizzle (local.get $lo0) (v128.and (local.get $v) (local.get $low)))
        (i8x16.swizzle (local.get $hi0) (i8x16.shr_u (local.get $v) (i32.const 4)))))
      (local.set $v (v128.load offset=1 (local.get $at)))
      (local.set $kinds (v128.and (local.get $kinds) (v128.and
        (i8x16.swizzle (local.get $lo1) (v128.and (local.get $v) (local.get $low)))
        (i8x16.swizzle (local.get $hi1) (i8x16.shr_u (local.get $v) (i32.const 4))))))
      (local.set $v (v128.load offset=2 (local.get $at)))
      (local.set $kinds (v128.and (local.get $kinds) (v128.and
        (i8x16.swizzle (local.get $lo2) (v128.and (local.get $v) (local.get $low)))
        (i8x16.swizzle (local.get $hi2) (i8x16.shr_u (local.get $v) (i32.const 4))))))
      (local.set $v (v128.load offset=3 (local.get $at)))
      (local.set $kinds (v128.and (local.get $kinds) (v128.and
        (i8x16.swizzle (local.get $lo3) (v128.and (local.get $v) (local.get $low)))
        (i8x16.swizzle (local.get $hi3) (i8x16.shr_u (local.get $v) (i32.const 4))))))
      (if (v128.any_true (local.get $kinds)) (then
        (local.set $lanes (i32.xor (i32.const 0xffff)
          (i8x16.bitmask (i8x16.eq (local.get $kinds) (v128.const i64x2 0 0)))))
        (loop $lane
          (local.set $here (i32.add (local.get $at) (i32.ctz (local.get $lanes))))
          (if (i32.ge_u (local.get $here) (local.get $end)) (then (return (i32.const -1))))
          (local.set $word (i32.load (local.get $here)))
          (if (i32.eq (local.get $word)
                (i32.load offset=4096 (i32.add (local.get $marks) (i32.shl
                  (i32.shr_u (i32.mul (local.get $word) (i32.const 0x9e3779b1)) (i32.const 20))
                  (i32.const 2)))))
            (then (return (local.get $here))))
          (local.set $lanes (i32.and (local.get $lanes) (i32.sub (local.get $lanes) (i32.const 1))))
          (br_if $lane (local.get $lanes)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $block))
    (unreachable))

  ;; How many of the bytes from $at to $end are line feeds. They are so many that they fill vectors of 16.
  (func (export "newlines") (param $at i32) (param $end i32) (result i32)
    (local $feeds v128) (local $sums v128) (local $count i32) (local $stop i32)
    (local.set $feeds (v128.const i8x16 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10))
    (block $done
      (loop $group
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        ;; Each lane counts to 255 at most before the lanes are added up.
        (local.set $stop (i32.add (local.get $at) (i32.const 4080)))
        (if (i32.gt_u (local.get $stop) (local.get $end)) (then (local.set $stop (local.get $end))))
        (local.set $sums (v128.const i64x2 0 0))
        (loop $vector
          (local.set $sums (i8x16.sub (local.get $sums)
            (i8x16.eq (v128.load (local.get $at)) (local.get $feeds))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $vector (i32.lt_u (local.get $at) (local.get $stop))))
        (local.set $sums (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $sums))))
        (local.set $count (i32.add (local.get $count) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $sums)) (i32x4.extract_lane 1 (local.get $sums)))
          (i32.add (i32x4.extract_lane 2 (local.get $sums)) (i32x4.extract_lane 3 (local.get $sums))))))
        (br $group)))
    (local.get $count)))
