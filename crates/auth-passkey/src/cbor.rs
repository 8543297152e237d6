//! CBOR (RFC 8949), as authenticators write it.

use ciborium::Value;
use ciborium::de::from_reader_with_recursion_limit;

/// How deep items may nest. Attestations need 3 levels; extensions may need some more.
const MAX_DEPTH: usize = 16;

/// Takes one item off the front of `bytes`.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<Value> {
    from_reader_with_recursion_limit(bytes, MAX_DEPTH).ok()
}

/// The one item that `bytes` are.
pub(crate) fn whole(mut bytes: &[u8]) -> Option<Value> {
    let item = take(&mut bytes)?;
    bytes.is_empty().then_some(item)
}

/// What a map has under a key. A key that is there twice is not there: readers would disagree
/// on which of the two counts.
pub(crate) fn field(map: &Value, key: impl Into<Value>) -> Option<&Value> {
    let key = key.into();
    let mut found = map.as_map()?.iter().filter(|(each, _)| *each == key);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// The number that a map has under a key.
pub(crate) fn number(map: &Value, key: i64) -> Option<i64> {
    field(map, key)?.as_integer()?.try_into().ok()
}

/// The bytes that a map has under a key.
pub(crate) fn bytes(map: &Value, key: impl Into<Value>) -> Option<&[u8]> {
    field(map, key)?.as_bytes().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_nests_too_deep() {
        // Arrays, maps, tags, and strings of unknown length, each within the one before.
        for opener in [
            &[0x81][..],
            &[0x9f],
            &[0xa1, 0x00],
            &[0xc1],
            &[0xd8, 0x20],
            &[0x5f],
            &[0x7f],
        ] {
            for depth in [17, 1_000, 100_000] {
                let mut bomb = opener.repeat(depth);
                assert_eq!(whole(&bomb), None, "{opener:x?} without an end");
                bomb.push(0x00);
                assert_eq!(whole(&bomb), None, "{opener:x?}");
            }
        }
    }

    #[test]
    fn takes_no_memory_for_what_a_length_only_promises() {
        for promise in [0x5b, 0x7b, 0x9b, 0xbb] {
            let mut item = vec![promise];
            item.extend(u64::MAX.to_be_bytes());
            assert_eq!(whole(&item), None, "{promise:x}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_not_there() {
        let map = whole(&[0xa3, 0x01, 0x41, 0xaa, 0x02, 0x07, 0x02, 0x07]).unwrap();
        assert_eq!(bytes(&map, 1), Some(&[0xaa][..]));
        assert_eq!(number(&map, 2), None);
        assert_eq!(number(&map, 3), None);
    }

    #[test]
    fn leaves_what_follows_an_item() {
        let mut rest = &[0x18, 0x2a, 0x01][..];
        assert_eq!(take(&mut rest), Some(Value::from(42)));
        assert_eq!(rest, [0x01]);
        assert_eq!(whole(&[0x18, 0x2a, 0x01]), None);
    }
}
