use accord_ledger::header::{
    HEAD_BYTES, HEADER_FIXED_BYTES, HeaderError, MAX_HEADER_BYTES, MAX_SIZE_CLASS, size_class_of,
};
use accord_ledger::payload::MAX_PAYLOAD_BYTES;
use accord_ledger::tree::MAX_TREE_SIZE;
use accord_ledger::{Head, Header, LedgerId, MAX_HEADS};

use crate::fixture;

fn head(number: usize) -> Head {
    let mut ledger = [0u8; 16];
    ledger[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Head {
        ledger: LedgerId(ledger),
        size: 1,
        root: accord_ledger::Hash([5; 32]),
    }
}

#[test]
fn size_classes_round_up() {
    let table = [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (1024, 10),
        (1025, 11),
        (MAX_PAYLOAD_BYTES, 22),
    ];
    for (length, class) in table {
        assert_eq!(size_class_of(length), class, "{length}");
    }
    assert_eq!(MAX_SIZE_CLASS, 22);
}

#[test]
fn round_trip_and_length() {
    let mut header = fixture::header(3);
    assert_eq!(header.encode().len(), HEADER_FIXED_BYTES);
    header.heads = (0..MAX_HEADS).map(head).collect();
    let bytes = header.encode();
    assert_eq!(bytes.len(), MAX_HEADER_BYTES);
    assert_eq!(Header::decode(&bytes), Ok(header));
}

#[test]
fn one_head_past_the_limit() {
    let mut header = fixture::header(3);
    header.heads = (0..=MAX_HEADS).map(head).collect();
    let error = HeaderError::TooManyHeads(MAX_HEADS + 1);
    assert_eq!(header.check(), Err(error));
    assert_eq!(Header::decode(&header.encode()), Err(error));
}

#[test]
fn every_length_but_the_right_one_is_refused() {
    let mut header = fixture::header(3);
    header.heads = vec![head(1), head(2)];
    let bytes = header.encode();
    assert_eq!(bytes.len(), HEADER_FIXED_BYTES + 2 * HEAD_BYTES);
    for length in 0..bytes.len() {
        assert_eq!(
            Header::decode(&bytes[..length]),
            Err(HeaderError::Length),
            "{length}"
        );
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Header::decode(&longer), Err(HeaderError::Length));
}

#[test]
fn values_out_of_range_are_refused() {
    let good = fixture::header(3);
    let check = |change: &dyn Fn(&mut Header), expected: HeaderError| {
        let mut bad = good.clone();
        change(&mut bad);
        assert_eq!(bad.check(), Err(expected));
        assert_eq!(Header::decode(&bad.encode()), Err(expected));
    };
    check(&|h| h.heads = vec![head(2), head(1)], HeaderError::Heads);
    check(&|h| h.heads = vec![head(1), head(1)], HeaderError::Heads);
    check(
        &|h| h.heads = vec![Head { size: 0, ..head(1) }],
        HeaderError::Heads,
    );
    check(
        &|h| {
            h.heads = vec![Head {
                size: MAX_TREE_SIZE + 1,
                ..head(1)
            }]
        },
        HeaderError::Heads,
    );
    check(
        &|h| {
            h.heads = vec![Head {
                ledger: fixture::LEDGER,
                ..head(1)
            }]
        },
        HeaderError::Heads,
    );
    check(
        &|h| h.size_class = MAX_SIZE_CLASS + 1,
        HeaderError::SizeClass(MAX_SIZE_CLASS + 1),
    );
    check(&|h| h.seq = MAX_TREE_SIZE, HeaderError::Sequence(MAX_TREE_SIZE));
    let mut at_limit = good.clone();
    (at_limit.seq, at_limit.size_class) = (MAX_TREE_SIZE - 1, MAX_SIZE_CLASS);
    at_limit.heads = vec![Head {
        size: MAX_TREE_SIZE,
        ..head(1)
    }];
    assert_eq!(Header::decode(&at_limit.encode()), Ok(at_limit));
    let mut bytes = good.encode();
    bytes[0] = 2;
    assert_eq!(Header::decode(&bytes), Err(HeaderError::Version(2)));
    (bytes[0], bytes[1]) = (1, 2);
    assert_eq!(Header::decode(&bytes), Err(HeaderError::Class(2)));
}

#[test]
fn a_header_is_made_from_the_complete_payload() {
    let partial = fixture::payload(0).disclose(|pointer| pointer == "/kind");
    let header = Header::new(
        accord_ledger::Class::Control,
        Default::default(),
        vec![],
        [0; 16],
        &partial,
    );
    assert_eq!(header, Err(HeaderError::Incomplete));
}

#[test]
fn a_cited_head_agrees_with_the_tree_it_was_taken_from() {
    let tree = fixture::tree("cited", 10);
    let cited = Head {
        ledger: fixture::OTHER,
        size: 7,
        root: tree.root_at(7).unwrap(),
    };
    assert_eq!(cited.agrees_with(&tree), Some(true));
    assert_eq!(cited.agrees_with(&fixture::tree("forked", 10)), Some(false));
    assert_eq!(cited.agrees_with(&fixture::tree("cited", 6)), None);
}
