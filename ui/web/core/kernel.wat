;; What nearly all the work of a forward pass, of inference and of training is, in single precision, four numbers at a time
;; (SIMD): y = W x + b, SiLU and the log-likelihood of Bernoulli pixels, then products of matrices and what goes back
;; through a network.
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
      (br_if $two_rows (i32.lt_u (local.get $y) (local.get $stop)))))

  ;; 1 / (1 + exp(-v)), by exp(-|v|).
  (func $sigmoid (param $v v128) (param $e v128) (result v128)
    (f32x4.div
      (v128.bitselect (local.get $e) (v128.const f32x4 1 1 1 1) (f32x4.lt (local.get $v) (v128.const f32x4 0 0 0 0)))
      (f32x4.add (local.get $e) (v128.const f32x4 1 1 1 1))))

  ;; C += A B of m x n numbers, each a sum of k products; n is a multiple of eight, m of four. A's number (i, p) lies at the
  ;; address a + i row + p column, so that A may be turned; the rows of B follow each other, as those of C do.
  (func (export "multiply")
    (param $a i32) (param $row i32) (param $column i32) (param $b i32) (param $c i32) (param $m i32) (param $n i32) (param $k i32)
    (local $width i32) (local $right i32) (local $two i32) (local $three i32)
    (local $first i32) (local $i i32) (local $p i32) (local $at i32) (local $from i32) (local $to i32)
    (local $u v128) (local $v v128) (local $t v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $t0 v128) (local $t1 v128) (local $t2 v128) (local $t3 v128)
    (local.set $width (i32.shl (local.get $n) (i32.const 2)))
    (local.set $two (i32.shl (local.get $row) (i32.const 1)))
    (local.set $three (i32.mul (local.get $row) (i32.const 3)))
    (loop $eight_columns
      (local.set $first (local.get $a))
      (local.set $to (i32.add (local.get $c) (local.get $right)))
      (local.set $i (local.get $m))
      (loop $four_rows
        (local.set $s0 (v128.const f32x4 0 0 0 0))
        (local.set $s1 (v128.const f32x4 0 0 0 0))
        (local.set $s2 (v128.const f32x4 0 0 0 0))
        (local.set $s3 (v128.const f32x4 0 0 0 0))
        (local.set $t0 (v128.const f32x4 0 0 0 0))
        (local.set $t1 (v128.const f32x4 0 0 0 0))
        (local.set $t2 (v128.const f32x4 0 0 0 0))
        (local.set $t3 (v128.const f32x4 0 0 0 0))
        (local.set $at (local.get $first))
        (local.set $from (i32.add (local.get $b) (local.get $right)))
        (local.set $p (local.get $k))
        (loop $products
          (local.set $u (v128.load (local.get $from)))
          (local.set $v (v128.load offset=16 (local.get $from)))
          (local.set $t (v128.load32_splat (local.get $at)))
          (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $t) (local.get $u))))
          (local.set $t0 (f32x4.add (local.get $t0) (f32x4.mul (local.get $t) (local.get $v))))
          (local.set $t (v128.load32_splat (i32.add (local.get $at) (local.get $row))))
          (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $t) (local.get $u))))
          (local.set $t1 (f32x4.add (local.get $t1) (f32x4.mul (local.get $t) (local.get $v))))
          (local.set $t (v128.load32_splat (i32.add (local.get $at) (local.get $two))))
          (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $t) (local.get $u))))
          (local.set $t2 (f32x4.add (local.get $t2) (f32x4.mul (local.get $t) (local.get $v))))
          (local.set $t (v128.load32_splat (i32.add (local.get $at) (local.get $three))))
          (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $t) (local.get $u))))
          (local.set $t3 (f32x4.add (local.get $t3) (f32x4.mul (local.get $t) (local.get $v))))
          (local.set $at (i32.add (local.get $at) (local.get $column)))
          (local.set $from (i32.add (local.get $from) (local.get $width)))
          (br_if $products (local.tee $p (i32.sub (local.get $p) (i32.const 1)))))
        (call $add (local.get $to) (local.get $s0) (local.get $t0))
        (call $add (local.tee $to (i32.add (local.get $to) (local.get $width))) (local.get $s1) (local.get $t1))
        (call $add (local.tee $to (i32.add (local.get $to) (local.get $width))) (local.get $s2) (local.get $t2))
        (call $add (local.tee $to (i32.add (local.get $to) (local.get $width))) (local.get $s3) (local.get $t3))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (local.set $first (i32.add (local.get $first) (i32.shl (local.get $row) (i32.const 2))))
        (br_if $four_rows (local.tee $i (i32.sub (local.get $i) (i32.const 4)))))
      (local.set $right (i32.add (local.get $right) (i32.const 32)))
      (br_if $eight_columns (i32.lt_u (local.get $right) (local.get $width)))))

  (func $add (param $to i32) (param $s v128) (param $t v128)
    (v128.store (local.get $to) (f32x4.add (v128.load (local.get $to)) (local.get $s)))
    (v128.store offset=16 (local.get $to) (f32x4.add (v128.load offset=16 (local.get $to)) (local.get $t))))

  ;; What goes back through SiLU: d times its derivative at x, s (1 + x (1 - s)) with s = 1 / (1 + exp(-x)).
  (func (export "silu_back") (param $x i32) (param $d i32) (param $count i32)
    (local $stop i32) (local $v v128) (local $s v128)
    (local.set $stop (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (loop $four
      (local.set $v (v128.load (local.get $x)))
      (local.set $s (call $sigmoid (local.get $v) (call $exp_of_minus (local.get $v))))
      (v128.store (local.get $d) (f32x4.mul (v128.load (local.get $d)) (f32x4.mul (local.get $s) (f32x4.add (v128.const f32x4 1 1 1 1)
        (f32x4.mul (local.get $v) (f32x4.sub (v128.const f32x4 1 1 1 1) (local.get $s)))))))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (local.set $d (i32.add (local.get $d) (i32.const 16)))
      (br_if $four (i32.lt_u (local.get $x) (local.get $stop)))))

  ;; Bernoulli pixels of n pictures, a pixel's row after the other's: the sums of log p(x|z) by pictures at the address
  ;; `total`, and at d the derivatives by the logits w, x - 1 / (1 + exp(-w)). log(1 + e) = 2 artanh(s), s = e / (2 + e).
  (func (export "bernoulli_back") (param $w i32) (param $x i32) (param $d i32) (param $total i32) (param $rows i32) (param $n i32)
    (local $width i32) (local $right i32) (local $at i32) (local $p i32)
    (local $v v128) (local $e v128) (local $s v128) (local $q v128) (local $t v128)
    (local.set $width (i32.shl (local.get $n) (i32.const 2)))
    (loop $four_columns
      (local.set $t (v128.const f32x4 0 0 0 0))
      (local.set $at (local.get $right))
      (local.set $p (local.get $rows))
      (loop $pixels
        (local.set $v (v128.load (i32.add (local.get $w) (local.get $at))))
        (local.set $e (call $exp_of_minus (local.get $v)))
        (local.set $s (f32x4.div (local.get $e) (f32x4.add (local.get $e) (v128.const f32x4 2 2 2 2))))
        (local.set $q (f32x4.mul (local.get $s) (local.get $s)))
        (local.set $t (f32x4.add (local.get $t) (f32x4.sub
          (f32x4.sub (f32x4.mul (local.get $v) (v128.load (i32.add (local.get $x) (local.get $at)))) (f32x4.max (local.get $v) (v128.const f32x4 0 0 0 0)))
          (f32x4.mul (local.get $s) (f32x4.add (f32x4.mul (f32x4.add (f32x4.mul (f32x4.add (f32x4.mul (f32x4.add (f32x4.mul (f32x4.add (f32x4.mul (f32x4.add (f32x4.mul (v128.const f32x4 0.15384615 0.15384615 0.15384615 0.15384615) (local.get $q)) (v128.const f32x4 0.18181818 0.18181818 0.18181818 0.18181818)) (local.get $q)) (v128.const f32x4 0.22222222 0.22222222 0.22222222 0.22222222)) (local.get $q)) (v128.const f32x4 0.28571429 0.28571429 0.28571429 0.28571429)) (local.get $q)) (v128.const f32x4 0.4 0.4 0.4 0.4)) (local.get $q)) (v128.const f32x4 0.66666667 0.66666667 0.66666667 0.66666667)) (local.get $q)) (v128.const f32x4 2 2 2 2))))))
        (v128.store (i32.add (local.get $d) (local.get $at)) (f32x4.sub (v128.load (i32.add (local.get $x) (local.get $at)))
          (call $sigmoid (local.get $v) (local.get $e))))
        (local.set $at (i32.add (local.get $at) (local.get $width)))
        (br_if $pixels (local.tee $p (i32.sub (local.get $p) (i32.const 1)))))
      (v128.store (i32.add (local.get $total) (local.get $right)) (local.get $t))
      (local.set $right (i32.add (local.get $right) (i32.const 16)))
      (br_if $four_columns (i32.lt_u (local.get $right) (local.get $width)))))

  ;; A step of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with 0.9, 0.999 and 1e-8: parameters at the address w, their
  ;; gradients at g and the two running means at m and v. `rate` is the learning rate over 1 - 0.9^t, `kept` one minus the
  ;; learning rate times the decay, `scale` 1 / (1 - 0.999^t).
  (func (export "adamw") (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $count i32)
    (param $rate f32) (param $kept f32) (param $scale f32)
    (local $stop i32) (local $d v128) (local $a v128) (local $b v128)
    (local.set $stop (i32.add (local.get $w) (i32.shl (local.get $count) (i32.const 2))))
    (loop $four
      (local.set $d (v128.load (local.get $g)))
      (local.set $a (f32x4.add (f32x4.mul (v128.load (local.get $m)) (v128.const f32x4 0.9 0.9 0.9 0.9)) (f32x4.mul (local.get $d) (v128.const f32x4 0.1 0.1 0.1 0.1))))
      (local.set $b (f32x4.add (f32x4.mul (v128.load (local.get $v)) (v128.const f32x4 0.999 0.999 0.999 0.999))
        (f32x4.mul (f32x4.mul (local.get $d) (local.get $d)) (v128.const f32x4 0.001 0.001 0.001 0.001))))
      (v128.store (local.get $m) (local.get $a))
      (v128.store (local.get $v) (local.get $b))
      (v128.store (local.get $w) (f32x4.sub (f32x4.mul (v128.load (local.get $w)) (f32x4.splat (local.get $kept)))
        (f32x4.div (f32x4.mul (local.get $a) (f32x4.splat (local.get $rate)))
          (f32x4.add (f32x4.sqrt (f32x4.mul (local.get $b) (f32x4.splat (local.get $scale)))) (v128.const f32x4 1e-8 1e-8 1e-8 1e-8)))))
      (local.set $w (i32.add (local.get $w) (i32.const 16)))
      (local.set $g (i32.add (local.get $g) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $four (i32.lt_u (local.get $w) (local.get $stop))))))
