//! Numbers as people write them.

/// What stands where nothing was measured.
pub const ABSENT: &str = "–";

/// Requests per second: "1,234 req/s", "8.3 req/s".
pub fn rate(per_second: f64) -> String {
    format!("{} req/s", count(per_second))
}

/// A duration from microseconds: "46 µs", "3.2 ms", "1.20 s".
pub fn micros(micros: f64) -> String {
    match micros.abs() {
        0.0 => "0".into(),
        at if at < 9.95 => format!("{micros:.1} µs"),
        at if at < 999.5 => format!("{micros:.0} µs"),
        at if at < 99_950.0 => format!("{:.1} ms", micros / 1e3),
        at if at < 999_500.0 => format!("{:.0} ms", micros / 1e3),
        at if at < 99.5e6 => format!("{:.1} s", micros / 1e6),
        _ => format!("{} s", grouped(micros / 1e6)),
    }
}

/// A duration that was set rather than measured: "1 ms" for what [`micros`] calls "1.0 ms".
pub fn span(duration: f64) -> String {
    micros(duration).replacen(".0 ", " ", 1)
}

/// A revocation lag from milliseconds, where infinite is "never".
pub fn lag(millis: f64) -> String {
    if millis.is_finite() {
        micros(millis * 1e3)
    } else {
        "never".into()
    }
}

/// A share of 1 as a percentage: "41 %", "0.3 %".
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        0.0 => "0 %".into(),
        at if at < 0.01 => "< 0.01 %".into(),
        at if at < 0.1 => format!("{percent:.2} %"),
        at if at < 9.95 => format!("{percent:.1} %"),
        _ => format!("{} %", grouped(percent)),
    }
}

/// How far a ratio is from 1: "+34 %", "−12 %", "×3.1", "from none".
pub fn change(ratio: f64) -> String {
    match ratio {
        1.0 => "0 %".into(),
        r if r.is_infinite() => "from none".into(),
        r if r >= 2.5 => format!("×{}", count(r)),
        r if r > 1.0 => format!("+{}", share(r - 1.0)),
        r => format!("−{}", share(1.0 - r)),
    }
}

/// Bytes: "412 B", "1.2 KiB", "23 MiB".
pub fn bytes(bytes: f64) -> String {
    const KIB: f64 = 1024.0;
    match bytes.abs() {
        at if at < 10.0 * KIB => format!("{} B", grouped(bytes)),
        at if at < KIB * KIB => format!("{} KiB", count(bytes / KIB)),
        at if at < KIB * KIB * KIB => format!("{} MiB", count(bytes / KIB / KIB)),
        _ => format!("{:.1} GiB", bytes / KIB / KIB / KIB),
    }
}

/// A plain number with as many digits as mean something: "0.25", "8.3", "12,345".
pub fn count(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        at if at < 0.995 => format!("{number:.2}"),
        at if at < 9.95 => format!("{number:.1}"),
        _ => grouped(number),
    }
}

/// A count and its noun: "1 node", "3 nodes".
pub fn counted(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(f64::from(number)))
}

/// "a", "a and b", "a, b and c".
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The sentence with a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A whole number with its thousands apart: "12,345".
pub fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number <= -0.5 {
        format!("−{grouped}")
    } else {
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(rate(1234.4), "1,234 req/s");
        assert_eq!(rate(8.31), "8.3 req/s");
        assert_eq!(rate(1_234_567.0), "1,234,567 req/s");
        assert_eq!(micros(46.4), "46 µs");
        assert_eq!(micros(3_240.0), "3.2 ms");
        assert_eq!(micros(1_204_000.0), "1.2 s");
        assert_eq!(span(1_000.0), "1 ms");
        assert_eq!(span(250.0), "250 µs");
        assert_eq!(share(0.414), "41 %");
        assert_eq!(share(0.004), "0.4 %");
        assert_eq!(bytes(412.0), "412 B");
        assert_eq!(bytes(24_117_248.0), "23 MiB");
        assert_eq!(lag(f64::INFINITY), "never");
    }

    #[test]
    fn changes_say_their_direction() {
        assert_eq!(change(1.344), "+34 %");
        assert_eq!(change(0.881), "−12 %");
        assert_eq!(change(3.1), "×3.1");
        assert_eq!(change(f64::INFINITY), "from none");
    }

    #[test]
    fn lists_end_in_and() {
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!(listed(&items), "a, b and c");
        assert_eq!(listed(&items[..2]), "a and b");
        assert_eq!(listed(&items[..1]), "a");
    }
}
