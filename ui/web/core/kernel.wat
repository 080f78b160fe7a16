;; What nearly all the work of a forward pass and of inference is, in single precision, four numbers at a time (SIMD):
;; y = W x + b, SiLU, and the log-likelihood of Bernoulli pixels.
;;
;; kernel.js holds this module assembled; tests/unit/test_kernel.py checks that it does. Numbers lie in
;; the page's memory. W is row by row; rows and columns are multiples of four and at least four, filled
;; up with zeros.
(module
  (import "page" "memory" (memory 1))

  ;; The sum of four numbers.
  (func $sum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; exp(-|v|): 2^n exp(r) with |r| <= log(2) / 2 and Taylor's first eight terms, to 1e-7 of the value.
  (func $exp_of_minus (param $v v128) (result v128)
    (local $n v128) (local $r v128)
    (local.set $v (f32x4.max (f32x4.neg (f32x4.abs (local.get $v))) (v128.const f32x4 -87 -87 -87 -87)))
    (local.set $n (f32x4.nearest (f32x4.mul (local.get $v) (v128.const f32x4 1.4426950 1.4426950 1.4426950 1.4426950))))
    (local.set $r (f32x4.sub (local.get $v) ;; log(2) in two parts, the first exact times n
      (f32x4.mul (local.get $n) (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375))))
    (local.set $r (f32x4.add (local.get $r)
      (f32x4.mul (local.get $n) (v128.const f32x4 2.1219444e-4 2.1219444e-4 2.1219444e-4 2.1219444e-4))))
    (local.set $v (v128.const f32x4 1.984127e-4 1.984127e-4 1.984127e-4 1.984127e-4)) ;; 1 / 7!
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 1.3888889e-3 1.3888889e-3 1.3888889e-3 1.3888889e-3)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 8.3333333e-3 8.3333333e-3 8.3333333e-3 8.3333333e-3)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 4.1666667e-2 4.1666667e-2 4.1666667e-2 4.1666667e-2)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 1.6666667e-1 1.6666667e-1 1.6666667e-1 1.6666667e-1)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 0.5 0.5 0.5 0.5)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 1 1 1 1)))
    (local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $r)) (v128.const f32x4 1 1 1 1)))
    (f32x4.mul (local.get $v) ;; 2^n, by its exponent
      (i32x4.shl (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $n)) (v128.const i32x4 127 127 127 127)) (i32.const 23))))

  ;; x / (1 + exp(-x)) in place, of numbers at the address x.
  (func (export "silu") (param $x i32) (param $count i32)
    (local $stop i32) (local $v v128) (local $e v128)
    (local.set $stop (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (loop $four
      (local.set $v (v128.load (local.get $x)))
      (local.set $e (call $exp_of_minus (local.get $v)))
      (v128.store (local.get $x) (f32x4.div
        (f32x4.mul (local.get $v) (v128.bitselect (local.get $e) (v128.const f32x4 1 1 1 1)
          (f32x4.lt (local.get $v) (v128.const f32x4 0 0 0 0))))
        (f32x4.add (local.get $e) (v128.const f32x4 1 1 1 1))))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (br_if $four (i32.lt_u (local.get $x) (local.get $stop)))))

  ;; Pixels at x with logits at w, of which those count where m is 1: the sum of x w - max(w, 0), and at the
  ;; address `factors` four numbers whose logarithms are to be taken off: products of 1 + exp(-|w|).
  (func (export "bernoulli") (param $w i32) (param $x i32) (param $m i32) (param $factors i32) (param $count i32) (result f32)
    (local $stop i32) (local $v v128) (local $one v128) (local $total v128) (local $product v128)
    (local.set $one (v128.const f32x4 1 1 1 1))
    (local.set $product (local.get $one))
    (local.set $stop (i32.add (local.get $w) (i32.shl (local.get $count) (i32.const 2))))
    (loop $four
      (local.set $v (v128.load (local.get $w)))
      (local.set $total (f32x4.add (local.get $total) (f32x4.mul (v128.load (local.get $m))
        (f32x4.sub (f32x4.mul (local.get $v) (v128.load (local.get $x))) (f32x4.max (local.get $v) (v128.const f32x4 0 0 0 0))))))
      (local.set $product (f32x4.mul (local.get $product) (f32x4.add (local.get $one)
        (f32x4.mul (v128.load (local.get $m)) (call $exp_of_minus (local.get $v))))))
      (local.set $w (i32.add (local.get $w) (i32.const 16)))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (br_if $four (i32.lt_u (local.get $w) (local.get $stop))))
    (v128.store (local.get $factors) (local.get $product))
    (call $sum (local.get $total)))

  ;; w, b, x and y are addresses in bytes. Four rows go side by side, so that each part of x is read once for four.
  (func (export "linear")
    (param $w i32) (param $b i32) (param $x i32) (param $y i32) (param $rows i32) (param $columns i32)
    (local $width i32) (local $end i32) (local $at i32) (local $stop i32) (local $v v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $width (i32.shl (local.get $columns) (i32.const 2))) ;; bytes of a row of W, and of x
    (local.set $end (i32.add (local.get $x) (local.get $width)))
    (local.set $stop (i32.add (local.get $y) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $four_rows
      (local.set $s0 (v128.const f32x4 0 0 0 0))
      (local.set $s1 (v128.const f32x4 0 0 0 0))
      (local.set $s2 (v128.const f32x4 0 0 0 0))
      (local.set $s3 (v128.const f32x4 0 0 0 0))
      (local.set $at (local.get $x))
      (loop $four_columns
        (local.set $v (v128.load (local.get $at)))
        (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $v) (v128.load (local.get $w)))))
        (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $v)
          (v128.load (i32.add (local.get $w) (local.get $width))))))
        (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $v)
          (v128.load (i32.add (local.get $w) (i32.shl (local.get $width) (i32.const 1)))))))
        (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $v)
          (v128.load (i32.add (local.get $w) (i32.mul (local.get $width) (i32.const 3)))))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $four_columns (i32.lt_u (local.get $at) (local.get $end))))
      (f32.store (local.get $y)
        (f32.add (f32.load (local.get $b)) (call $sum (local.get $s0))))
      (f32.store offset=4 (local.get $y)
        (f32.add (f32.load offset=4 (local.get $b)) (call $sum (local.get $s1))))
      (f32.store offset=8 (local.get $y)
        (f32.add (f32.load offset=8 (local.get $b)) (call $sum (local.get $s2))))
      (f32.store offset=12 (local.get $y)
        (f32.add (f32.load offset=12 (local.get $b)) (call $sum (local.get $s3))))
      (local.set $w (i32.add (local.get $w) (i32.mul (local.get $width) (i32.const 3)))) ;; past the other three rows
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (local.set $y (i32.add (local.get $y) (i32.const 16)))
      (br_if $four_rows (i32.lt_u (local.get $y) (local.get $stop)))))

  ;; The same for four x, one after the other, and as many y: each part of W is read once for four. Two rows go side
  ;; by side: $p of the first, $q of the second.
  (func (export "linear_of_four")
    (param $w i32) (param $b i32) (param $x i32) (param $y i32) (param $rows i32) (param $columns i32)
    (local $width i32) (local $two i32) (local $three i32) (local $height i32) (local $end i32) (local $stop i32)
    (local $at i32) (local $to i32) (local $v v128) (local $u v128) (local $t v128)
    (local $p0 v128) (local $p1 v128) (local $p2 v128) (local $p3 v128)
    (local $q0 v128) (local $q1 v128) (local $q2 v128) (local $q3 v128)
    (local.set $width (i32.shl (local.get $columns) (i32.const 2)))
    (local.set $two (i32.shl (local.get $width) (i32.const 1)))
    (local.set $three (i32.mul (local.get $width) (i32.const 3)))
    (local.set $height (i32.shl (local.get $rows) (i32.const 2))) ;; bytes of a y
    (local.set $end (i32.add (local.get $x) (local.get $width)))
    (local.set $stop (i32.add (local.get $y) (local.get $height)))
    (loop $two_rows
      (local.set $p0 (v128.const f32x4 0 0 0 0))
      (local.set $p1 (v128.const f32x4 0 0 0 0))
      (local.set $p2 (v128.const f32x4 0 0 0 0))
      (local.set $p3 (v128.const f32x4 0 0 0 0))
      (local.set $q0 (v128.const f32x4 0 0 0 0))
      (local.set $q1 (v128.const f32x4 0 0 0 0))
      (local.set $q2 (v128.const f32x4 0 0 0 0))
      (local.set $q3 (v128.const f32x4 0 0 0 0))
      (local.set $at (local.get $x))
      (loop $four_columns
        (local.set $u (v128.load (local.get $w)))
        (local.set $t (v128.load (i32.add (local.get $w) (local.get $width))))
        (local.set $v (v128.load (local.get $at)))
        (local.set $p0 (f32x4.add (local.get $p0) (f32x4.mul (local.get $v) (local.get $u))))
        (local.set $q0 (f32x4.add (local.get $q0) (f32x4.mul (local.get $v) (local.get $t))))
        (local.set $v (v128.load (i32.add (local.get $at) (local.get $width))))
        (local.set $p1 (f32x4.add (local.get $p1) (f32x4.mul (local.get $v) (local.get $u))))
        (local.set $q1 (f32x4.add (local.get $q1) (f32x4.mul (local.get $v) (local.get $t))))
        (local.set $v (v128.load (i32.add (local.get $at) (local.get $two))))
        (local.set $p2 (f32x4.add (local.get $p2) (f32x4.mul (local.get $v) (local.get $u))))
        (local.set $q2 (f32x4.add (local.get $q2) (f32x4.mul (local.get $v) (local.get $t))))
        (local.set $v (v128.load (i32.add (local.get $at) (local.get $three))))
        (local.set $p3 (f32x4.add (local.get $p3) (f32x4.mul (local.get $v) (local.get $u))))
        (local.set $q3 (f32x4.add (local.get $q3) (f32x4.mul (local.get $v) (local.get $t))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $four_columns (i32.lt_u (local.get $at) (local.get $end))))
      (local.set $to (local.get $y))
      (f32.store (local.get $to) (f32.add (f32.load (local.get $b)) (call $sum (local.get $p0))))
      (f32.store offset=4 (local.get $to) (f32.add (f32.load offset=4 (local.get $b)) (call $sum (local.get $q0))))
      (local.set $to (i32.add (local.get $to) (local.get $height)))
      (f32.store (local.get $to) (f32.add (f32.load (local.get $b)) (call $sum (local.get $p1))))
      (f32.store offset=4 (local.get $to) (f32.add (f32.load offset=4 (local.get $b)) (call $sum (local.get $q1))))
      (local.set $to (i32.add (local.get $to) (local.get $height)))
      (f32.store (local.get $to) (f32.add (f32.load (local.get $b)) (call $sum (local.get $p2))))
      (f32.store offset=4 (local.get $to) (f32.add (f32.load offset=4 (local.get $b)) (call $sum (local.get $q2))))
      (local.set $to (i32.add (local.get $to) (local.get $height)))
      (f32.store (local.get $to) (f32.add (f32.load (local.get $b)) (call $sum (local.get $p3))))
      (f32.store offset=4 (local.get $to) (f32.add (f32.load offset=4 (local.get $b)) (call $sum (local.get $q3))))
      (local.set $w (i32.add (local.get $w) (local.get $width))) ;; past the second row
      (local.set $b (i32.add (local.get $b) (i32.const 8)))
      (local.set $y (i32.add (local.get $y) (i32.const 8)))
      (br_if $two_rows (i32.lt_u (local.get $y) (local.get $stop))))))
