/// Special functions: errors and the normal distribution, gamma, Bessel, Airy, orthogonal polynomials. Integers become the default float dtype; complex
/// numbers are refused, and half types where PyTorch has no kernel for them. The polynomials and most Bessel functions have no derivative in PyTorch.
namespace Torch.Core.Ops

open System
open Torch.Core

[<RequireQualifiedAccess>]
module Special =
    let private word name op partial = Word.unary name PromotedToFloat op partial

    /// Applies a word to real operands.
    let private real (kernel: string) (word: Word) (args: Expr[]) =
        Refuse.complexes kernel (resultType args)
        Expr.map word args

    /// The same where the kernel knows no half types.
    let private single (kernel: string) (word: Word) (args: Expr[]) =
        let d = resultType args
        if isHalf d then Refuse.kernel kernel d
        real kernel word args

    // ---- Errors and the normal distribution

    let private bell (x: Expr) = Exponential.exp (neg (Numeric.square x))
    let private rootPi = Math.Sqrt Math.PI

    let erfWord = word "erf" Kernel.erf (fun x _ -> Scale(num (2.0 / rootPi) *. bell x))
    let erfcWord = word "erfc" Kernel.erfc (fun x _ -> Scale(num (-2.0 / rootPi) *. bell x))
    let erfinvWord = word "erfinv" Kernel.erfinv (fun _ y -> Scale(num (rootPi / 2.0) *. Exponential.exp (Numeric.square y)))
    let erfcxWord = word "erfcx" Kernel.erfcx (fun x y -> Scale(two *. x *. y -. num (2.0 / rootPi)))

    let erf (x: Expr) : Expr = real "erf_vml_cpu" erfWord [| x |]
    let erfc (x: Expr) : Expr = real "erfc_vml_cpu" erfcWord [| x |]
    let erfinv (x: Expr) : Expr = real "erfinv_vml_cpu" erfinvWord [| x |]

    /// exp(x^2) erfc(x), without underflow.
    let erfcx (x: Expr) : Expr = single "erfcx_cpu" erfcxWord [| x |]

    /// The normal distribution function: a phrase in PyTorch, too.
    let ndtr (x: Expr) : Expr =
        (one +. erf (toFloat x *. num (Math.Sqrt 0.5))) *. num 0.5

    let logNdtrWord =
        word "log_ndtr" Kernel.log_ndtr (fun x _ ->
            let scaled = Expr.map erfcxWord [| x *. num -(Math.Sqrt 0.5) |]
            Scale(num (Math.Sqrt(2.0 / Math.PI)) /. scaled))

    let log_ndtr (x: Expr) : Expr = single "log_ndtr_cpu" logNdtrWord [| x |]

    let ndtriWord =
        word "ndtri" Kernel.ndtri (fun _ y -> Scale(num (Math.Sqrt(2.0 * Math.PI)) *. Exponential.exp (Numeric.square y /. two)))

    let ndtri (x: Expr) : Expr = single "ndtri_cpu" ndtriWord [| x |]

    /// -x log x; 0 at 0, -infinity below, NaN at NaN.
    let private entrRecipe =
        let positive = L.mul (L.neg L.x) (L.log L.x)
        let other = L.where (L.eq L.x (L.lit 0.0)) (L.lit 0.0) (L.lit -infinity)

        Recipe.make "entr" PromotedToFloat 1 (L.where (L.isnan L.x) L.x (L.where (L.gt L.x (L.lit 0.0)) positive other)) (fun args _ ->
            [| Scale(neg (one +. Exponential.log args[0])) |])

    let entr (x: Expr) : Expr =
        Refuse.complexes "entr_cpu" x.DType
        Recipe.apply entrRecipe [| x |]

    // ---- Gamma

    /// The derivative by q is -s zeta(s + 1, q); that by s PyTorch does not have.
    let zetaWord =
        Word.knot "zeta" PromotedToFloat (L.ap2 Kernel.zeta L.x L.y) (fun self args _ ->
            let s, q = args[0], args[1]
            [| Zero; Scale(neg s *. Expr.map self [| s +. one; q |]) |])

    /// The sum of (q + k)^-x over k.
    let zeta (x: Expr) (q: Expr) : Expr = real "zeta_cpu" zetaWord [| x; q |]

    /// The n-th derivative of digamma for n > 0: (-1)^(n+1) n! zeta(n + 1, x).
    let private derivative (n: int64) (x: Expr) =
        let mutable factorial = 1.0

        for k in 2L .. n do
            factorial <- factorial * float k

        let sign = if n % 2L = 0L then -1.0 else 1.0
        num (sign * factorial) *. Expr.map zetaWord [| Expr.int (n + 1L); x |]

    let trigammaWord = word "trigamma" Kernel.trigamma (fun x _ -> Scale(derivative 2L x))
    let digammaWord = word "digamma" Kernel.digamma (fun x _ -> Scale(Expr.map trigammaWord [| x |]))
    let lgammaWord = word "lgamma" Kernel.lgamma (fun x _ -> Scale(Expr.map digammaWord [| x |]))

    let lgamma (x: Expr) : Expr = real "lgamma_vml_cpu" lgammaWord [| x |]
    let digamma (x: Expr) : Expr = real "digamma" digammaWord [| x |]

    /// The n-th derivative of digamma.
    let polygamma (n: int64) (x: Expr) : Expr =
        if n < 0L then Fault.runtime "polygamma(n, x) does not support negative n."

        match n with
        | 0L -> digamma x
        | 1L -> real "trigamma" trigammaWord [| x |]
        | _ ->
            Refuse.complexes "polygamma" x.DType
            derivative n (toFloat x)

    /// The logarithm of the multivariate gamma function with dimension p.
    let mvlgamma (x: Expr) (p: int64) : Expr =
        if p < 1L then Fault.runtime "p has to be greater than or equal to 1"
        Refuse.complexes "arange_cpu" x.DType
        let x = toFloat x
        // p, p - 1, .. 1 halves off.
        let halves = Expr.cast x.DType (Expr.index p (1L - p) 1L) *. num 0.5
        let all = lgamma (Expr.unsqueeze x.Rank x +. halves)
        let constant = float (p * (p - 1L)) / 4.0 * Math.Log Math.PI
        Reductions.sum all [| -1L |] false (Nullable()) +. num constant

    /// d/dx of the lower function: x^(a-1) exp(-x) / gamma(a). PyTorch has no derivative by a.
    let private density (sign: float) (args: Expr[]) (_: Expr) =
        let a, x = args[0], args[1]
        let log = (a -. one) *. Exponential.log x -. x -. Expr.map lgammaWord [| a |]
        [| Zero; Scale(num sign *. Exponential.exp log) |]

    let igammaWord = Word.program "igamma" Promoted (L.ap2 Kernel.igamma L.x L.y) (density 1.0)
    let igammacWord = Word.program "igammac" Promoted (L.ap2 Kernel.igammac L.x L.y) (density -1.0)

    /// The regularised lower incomplete gamma function.
    let igamma (a: Expr) (x: Expr) : Expr =
        Refuse.allButFloats "igamma_cpu" (resultType [| a; x |])
        Expr.map igammaWord [| a; x |]

    /// The regularised upper incomplete gamma function.
    let igammac (a: Expr) (x: Expr) : Expr =
        Refuse.allButFloats "igammac_cpu" (resultType [| a; x |])
        Expr.map igammacWord [| a; x |]

    // ---- Bessel and Airy

    /// f(x) / x, and its limit 1/2 at 0.
    let private overSelf (y: Expr) (x: Expr) =
        Arithmetic.where (Compare.eq x zero) (num 0.5) (y /. x)

    let rec i0Word: Word =
        { Name = "i0"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.i0 L.x
          Partials = fun args _ -> [| Scale(Expr.map i1Word [| args[0] |]) |] }

    and i1Word: Word =
        { Name = "i1"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.i1 L.x
          Partials = fun args y -> [| Scale(Expr.map i0Word [| args[0] |] -. overSelf y args[0]) |] }

    let rec i0eWord: Word =
        { Name = "i0e"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.i0e L.x
          Partials =
            fun args y ->
                let x = args[0]
                [| Scale(Expr.map i1eWord [| x |] -. Numeric.sgn x *. y) |] }

    and i1eWord: Word =
        { Name = "i1e"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.i1e L.x
          Partials =
            fun args y ->
                let x = args[0]
                [| Scale(Expr.map i0eWord [| x |] -. Numeric.sgn x *. y -. overSelf y x) |] }

    let i0 (x: Expr) : Expr = real "i0_vml_cpu" i0Word [| x |]
    let i0e (x: Expr) : Expr = real "i0e_cpu" i0eWord [| x |]
    let i1 (x: Expr) : Expr = real "i1_cpu" i1Word [| x |]
    let i1e (x: Expr) : Expr = real "i1e_cpu" i1eWord [| x |]

    /// A function without derivative and without half types.
    let private plain name op =
        let word = Word.flat name PromotedToFloat (L.ap1 op L.x) 1
        fun (x: Expr) -> single (name + "_cpu") word [| x |]

    let private besselJ0 = plain "bessel_j0" Kernel.bessel_j0
    let private besselJ1 = plain "bessel_j1" Kernel.bessel_j1
    let private besselY0 = plain "bessel_y0" Kernel.bessel_y0
    let private besselY1 = plain "bessel_y1" Kernel.bessel_y1
    let private modifiedI0 = plain "modified_bessel_i0" Kernel.i0
    let private modifiedI1 = plain "modified_bessel_i1" Kernel.i1
    let private modifiedK0 = plain "modified_bessel_k0" Kernel.modified_bessel_k0
    let private modifiedK1 = plain "modified_bessel_k1" Kernel.modified_bessel_k1
    let private scaledK0 = plain "scaled_modified_bessel_k0" Kernel.scaled_modified_bessel_k0
    let private scaledK1 = plain "scaled_modified_bessel_k1" Kernel.scaled_modified_bessel_k1
    let private sphericalJ0 = plain "spherical_bessel_j0" Kernel.spherical_bessel_j0
    let private airy = plain "airy_ai" Kernel.airy_ai

    let bessel_j0 (x: Expr) : Expr = besselJ0 x
    let bessel_j1 (x: Expr) : Expr = besselJ1 x
    let bessel_y0 (x: Expr) : Expr = besselY0 x
    let bessel_y1 (x: Expr) : Expr = besselY1 x
    let modified_bessel_i0 (x: Expr) : Expr = modifiedI0 x
    let modified_bessel_i1 (x: Expr) : Expr = modifiedI1 x
    let modified_bessel_k0 (x: Expr) : Expr = modifiedK0 x
    let modified_bessel_k1 (x: Expr) : Expr = modifiedK1 x
    let scaled_modified_bessel_k0 (x: Expr) : Expr = scaledK0 x
    let scaled_modified_bessel_k1 (x: Expr) : Expr = scaledK1 x
    let spherical_bessel_j0 (x: Expr) : Expr = sphericalJ0 x
    let airy_ai (x: Expr) : Expr = airy x

    // ---- Orthogonal polynomials

    let private polynomial name op =
        let word = Word.flat name PromotedToFloat (L.ap2 op L.x L.y) 2
        fun (x: Expr) (n: Expr) -> single (name + "_cpu") word [| x; n |]

    let private chebyshevT = polynomial "chebyshev_polynomial_t" Kernel.chebyshev_polynomial_t
    let private chebyshevU = polynomial "chebyshev_polynomial_u" Kernel.chebyshev_polynomial_u
    let private chebyshevV = polynomial "chebyshev_polynomial_v" Kernel.chebyshev_polynomial_v
    let private chebyshevW = polynomial "chebyshev_polynomial_w" Kernel.chebyshev_polynomial_w
    let private shiftedT = polynomial "shifted_chebyshev_polynomial_t" Kernel.shifted_chebyshev_polynomial_t
    let private shiftedU = polynomial "shifted_chebyshev_polynomial_u" Kernel.shifted_chebyshev_polynomial_u
    let private shiftedV = polynomial "shifted_chebyshev_polynomial_v" Kernel.shifted_chebyshev_polynomial_v
    let private shiftedW = polynomial "shifted_chebyshev_polynomial_w" Kernel.shifted_chebyshev_polynomial_w
    let private hermiteH = polynomial "hermite_polynomial_h" Kernel.hermite_polynomial_h
    let private hermiteHe = polynomial "hermite_polynomial_he" Kernel.hermite_polynomial_he
    let private laguerreL = polynomial "laguerre_polynomial_l" Kernel.laguerre_polynomial_l
    let private legendreP = polynomial "legendre_polynomial_p" Kernel.legendre_polynomial_p

    let chebyshev_polynomial_t (x: Expr) (n: Expr) : Expr = chebyshevT x n
    let chebyshev_polynomial_u (x: Expr) (n: Expr) : Expr = chebyshevU x n
    let chebyshev_polynomial_v (x: Expr) (n: Expr) : Expr = chebyshevV x n
    let chebyshev_polynomial_w (x: Expr) (n: Expr) : Expr = chebyshevW x n
    let shifted_chebyshev_polynomial_t (x: Expr) (n: Expr) : Expr = shiftedT x n
    let shifted_chebyshev_polynomial_u (x: Expr) (n: Expr) : Expr = shiftedU x n
    let shifted_chebyshev_polynomial_v (x: Expr) (n: Expr) : Expr = shiftedV x n
    let shifted_chebyshev_polynomial_w (x: Expr) (n: Expr) : Expr = shiftedW x n
    let hermite_polynomial_h (x: Expr) (n: Expr) : Expr = hermiteH x n
    let hermite_polynomial_he (x: Expr) (n: Expr) : Expr = hermiteHe x n
    let laguerre_polynomial_l (x: Expr) (n: Expr) : Expr = laguerreL x n
    let legendre_polynomial_p (x: Expr) (n: Expr) : Expr = legendreP x n

    // ---- Declarations

    let private fn1 name f domain doc = Def.fn1 ("special." + name) f domain doc |> Def.functional
    let private above1: Domain = { Low = 1.2; High = 3.0 }
    let private flat1 name f doc = fn1 name f Domain.Positive doc |> Def.flat

    let private flat2 name f doc =
        Def.fn2 ("special." + name) f Domain.Positive doc
        |> Def.functional
        |> Def.flat
        |> Def.withNumber
        |> Def.numberFirst
        |> Def.named [ "input"; "n" ]

    let defs: OpDef list =
        [ Def.fn1 "erf" erf Domain.Reals "The error function." |> Def.alias [ "special.erf" ]
          Def.fn1 "erfc" erfc Domain.Reals "1 - erf(x)." |> Def.alias [ "special.erfc" ]
          Def.fn1 "erfinv" erfinv Domain.Unit "The inverse of the error function." |> Def.alias [ "special.erfinv" ]
          fn1 "erfcx" erfcx Domain.Reals "exp(x^2) erfc(x)."
          fn1 "ndtr" ndtr Domain.Reals "The normal distribution function." |> Def.backward "MulBackward0" "MulBackward0"
          fn1 "log_ndtr" log_ndtr Domain.Reals "The logarithm of the normal distribution function."
          fn1 "ndtri" ndtri Domain.Probability "The inverse of the normal distribution function."
          fn1 "entr" entr Domain.Positive "-x log x, 0 at 0."
          Def.fn1 "lgamma" lgamma Domain.Positive "log |gamma(x)|." |> Def.alias [ "special.gammaln" ]
          Def.fn1 "digamma" digamma Domain.Positive "The derivative of lgamma." |> Def.alias [ "special.digamma"; "special.psi" ]
          Def.sample "polygamma" (fun x -> polygamma 2L x) Domain.Positive "A derivative of digamma." |> Def.alias [ "special.polygamma" ]
          Def.sample "mvlgamma" (fun x -> mvlgamma (x +. two) 3L) Domain.Positive "The multivariate log gamma function."
          |> Def.alias [ "special.multigammaln" ]
          Def.fn2 "special.zeta" zeta above1 "The Hurwitz zeta function."
          |> Def.functional
          |> Def.holding [ 0 ]
          |> Def.withNumber
          |> Def.numberFirst
          Def.fn2 "igamma" igamma Domain.Positive "The regularised lower incomplete gamma function."
          |> Def.holding [ 0 ]
          |> Def.alias [ "special.gammainc" ]
          Def.fn2 "igammac" igammac Domain.Positive "The regularised upper incomplete gamma function."
          |> Def.holding [ 0 ]
          |> Def.alias [ "special.gammaincc" ]
          Def.fn1 "i0" i0 Domain.Reals "The modified Bessel function of the first kind, order 0." |> Def.alias [ "special.i0" ]
          fn1 "i0e" i0e Domain.Reals "exp(-|x|) i0(x)."
          fn1 "i1" i1 Domain.Reals "The modified Bessel function of the first kind, order 1."
          fn1 "i1e" i1e Domain.Reals "exp(-|x|) i1(x)."
          flat1 "bessel_j0" bessel_j0 "The Bessel function of the first kind, order 0."
          flat1 "bessel_j1" bessel_j1 "The Bessel function of the first kind, order 1."
          flat1 "bessel_y0" bessel_y0 "The Bessel function of the second kind, order 0."
          flat1 "bessel_y1" bessel_y1 "The Bessel function of the second kind, order 1."
          flat1 "modified_bessel_i0" modified_bessel_i0 "The modified Bessel function of the first kind, order 0."
          flat1 "modified_bessel_i1" modified_bessel_i1 "The modified Bessel function of the first kind, order 1."
          flat1 "modified_bessel_k0" modified_bessel_k0 "The modified Bessel function of the second kind, order 0."
          flat1 "modified_bessel_k1" modified_bessel_k1 "The modified Bessel function of the second kind, order 1."
          flat1 "scaled_modified_bessel_k0" scaled_modified_bessel_k0 "exp(x) modified_bessel_k0(x)."
          flat1 "scaled_modified_bessel_k1" scaled_modified_bessel_k1 "exp(x) modified_bessel_k1(x)."
          flat1 "spherical_bessel_j0" spherical_bessel_j0 "sin(x) / x."
          flat1 "airy_ai" airy_ai "The Airy function Ai."
          flat2 "chebyshev_polynomial_t" chebyshev_polynomial_t "Chebyshev's polynomials of the first kind."
          flat2 "chebyshev_polynomial_u" chebyshev_polynomial_u "Chebyshev's polynomials of the second kind."
          flat2 "chebyshev_polynomial_v" chebyshev_polynomial_v "Chebyshev's polynomials of the third kind."
          flat2 "chebyshev_polynomial_w" chebyshev_polynomial_w "Chebyshev's polynomials of the fourth kind."
          flat2 "shifted_chebyshev_polynomial_t" shifted_chebyshev_polynomial_t "Chebyshev's first kind at 2 x - 1."
          flat2 "shifted_chebyshev_polynomial_u" shifted_chebyshev_polynomial_u "Chebyshev's second kind at 2 x - 1."
          flat2 "shifted_chebyshev_polynomial_v" shifted_chebyshev_polynomial_v "Chebyshev's third kind at 2 x - 1."
          flat2 "shifted_chebyshev_polynomial_w" shifted_chebyshev_polynomial_w "Chebyshev's fourth kind at 2 x - 1."
          flat2 "hermite_polynomial_h" hermite_polynomial_h "Hermite's polynomials, physicists' form."
          flat2 "hermite_polynomial_he" hermite_polynomial_he "Hermite's polynomials, probabilists' form."
          flat2 "laguerre_polynomial_l" laguerre_polynomial_l "Laguerre's polynomials."
          flat2 "legendre_polynomial_p" legendre_polynomial_p "Legendre's polynomials." ]
