//! Texts whose types alone would say little of what is wrong with them.

use std::any::TypeId;

use clap::Arg;
use url::Url;

/// With what says more of a wrong value than the type does.
pub(in crate::settings) fn explained(arg: Arg) -> Arg {
    if arg.get_id() == "service_name" {
        return arg.value_parser(service_name);
    }
    match arg.get_value_parser().type_id() == TypeId::of::<Url>() {
        true => arg.value_parser(url),
        false => arg,
    }
}

/// Reads a URL; which schemes are good is for whoever uses it to say.
fn url(text: &str) -> Result<Url, &'static str> {
    let url: Option<Url> = text.parse().ok();
    url.filter(Url::has_host).ok_or(
        "use a URL that begins with https://, such as https://example.org, or with http:// where that \
         is good enough",
    )
}

/// Reads the name of the service, which stands in subjects of mails, titles and the log.
fn service_name(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("use a name that is more than blanks");
    }
    match text
        .chars()
        .any(|c| c.is_control() || marks_line_or_direction(c))
    {
        true => Err(
            "use a name in one line, without control characters and those that turn the \
             direction of writing",
        ),
        false => Ok(text.to_owned()),
    }
}

/// Whether a character does nothing but break lines or order others (Unicode, `Bidi_Control`): it
/// could make a name look like another one.
fn marks_line_or_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_its_scheme_and_its_host() {
        assert!(url("https://auth.example.org").is_ok());
        for text in [
            "foo",
            "/x",
            "auth.example.org",
            "localhost:4001",
            "https://",
        ] {
            assert!(
                url(text).unwrap_err().contains("begins with https://"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_name_of_the_service_can_be_read() {
        for text in ["Tea & <Biscuits>", "قهوة", "日本茶"] {
            assert_eq!(service_name(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            " \u{a0}",
            "a\r\nb",
            "a\u{7}",
            "a\u{202e}b",
            "a\u{2028}b",
        ] {
            assert!(service_name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_setting_says_what_is_wrong_with_its_value() {
        let command = <crate::settings::Settings as clap::CommandFactory>::command();
        let command = command.mut_args(explained);
        for (flag, value, told) in [
            ("--public-url", "foo", "begins with https://"),
            ("--link-imprint", "/x", "begins with https://"),
            ("--otlp-endpoint", "localhost:4318", "begins with https://"),
            ("--service-name", "a\nb", "in one line"),
        ] {
            let read = command
                .clone()
                .try_get_matches_from(["server", flag, value]);
            let error = read.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
