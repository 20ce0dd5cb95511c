//! Functions of floating numbers.

use arrow_array::types::Float64Type;

use super::arguments::Arguments;
use super::{Answer, DOUBLE, Function, Kind, Takes, function};

const NONE: Takes = Takes::These(&[], 0);
const ONE: Takes = Takes::These(&[Kind::Double], 0);
const TWO: Takes = Takes::These(&[Kind::Double, Kind::Double], 0);

/// A function of one DOUBLE.
macro_rules! double {
    ($name:literal $(/ $alias:literal)*, $about:literal, $call:literal = $result:literal, $body:expr) => {
        function!($name $(/ $alias)*, ONE => DOUBLE, $about, $call = $result, |a: &Arguments| {
            let value = a.double(0);
            a.each::<Float64Type>(|row| Ok(value.at(row).map($body)))
        })
    };
}

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("POWER" / "POW", TWO => DOUBLE, "The first number to the power of the second one.",
        "POWER(2, 10)" = "1024.0", |a: &Arguments| of_two(a, f64::powf)),
    double!("SQRT", "The square root.", "SQRT(2.25)" = "1.5", f64::sqrt),
    double!("EXP", "e to the power of the number.", "EXP(0)" = "1.0", f64::exp),
    double!("LN", "The logarithm to the base e.", "LN(1)" = "0.0", f64::ln),
    double!("LOG10", "The logarithm to the base 10.", "LOG10(1000)" = "3.0", f64::log10),
    // As Java computes it, by a division: to the last digit.
    double!("LOG2", "The logarithm to the base 2.", "LOG2(100)" = "6.643856189774725", |value| value.ln()
        / 2_f64.ln()),
    function!("LOG", Takes::These(&[Kind::Double, Kind::Double], 1) => DOUBLE,
    "The logarithm to the base e; of the second number to the base of the first one.",
    "LOG(10, 100)" = "2.0", |a: &Arguments| match a.len() {
        1 => {
            let value = a.double(0);
            a.each::<Float64Type>(|row| Ok(value.at(row).map(f64::ln)))
        }
        _ => of_two(a, |base, value| value.ln() / base.ln()),
    }),
    double!("SIN", "The sine.", "SIN(0)" = "0.0", f64::sin),
    double!("COS", "The cosine.", "COS(0)" = "1.0", f64::cos),
    double!("TAN", "The tangent.", "TAN(0)" = "0.0", f64::tan),
    double!("COT", "The cotangent.", "COT(PI() / 4)" = "1.0000000000000002", |value| 1.0 / value.tan()),
    double!("ASIN", "The arc sine.", "ASIN(0)" = "0.0", f64::asin),
    double!("ACOS", "The arc cosine.", "ACOS(1)" = "0.0", f64::acos),
    double!("ATAN", "The arc tangent.", "ATAN(0)" = "0.0", f64::atan),
    function!("ATAN2", TWO => DOUBLE, "The arc tangent of a point: its height first.",
        "ATAN2(1, 1)" = "0.7853981633974483", |a: &Arguments| of_two(a, f64::atan2)),
    double!("SINH", "The hyperbolic sine.", "SINH(0)" = "0.0", f64::sinh),
    double!("COSH", "The hyperbolic cosine.", "COSH(0)" = "1.0", f64::cosh),
    double!("TANH", "The hyperbolic tangent.", "TANH(0)" = "0.0", f64::tanh),
    double!("DEGREES", "Degrees of radians.", "DEGREES(0)" = "0.0", f64::to_degrees),
    double!("RADIANS", "Radians of degrees.", "RADIANS(0)" = "0.0", f64::to_radians),
    function!("PI", NONE => DOUBLE, "Half the circumference of a circle of radius 1.", "PI()" = "3.141592653589793",
        |a: &Arguments| a.each::<Float64Type>(|_| Ok(Some(std::f64::consts::PI)))),
    function!("E", NONE => DOUBLE, "The base of the natural logarithm.", "E()" = "2.718281828459045",
        |a: &Arguments| a.each::<Float64Type>(|_| Ok(Some(std::f64::consts::E)))),
];

fn of_two(a: &Arguments, of: impl Fn(f64, f64) -> f64) -> Answer {
    let (one, other) = (a.double(0), a.double(1));
    a.each::<Float64Type>(|row| Ok(one.at(row).zip(other.at(row)).map(|(one, other)| of(one, other))))
}
