//! The watchlist file: whatever its bytes, nothing panics; bytes that do not fit their sums give an error or the answer
//! of the whole file; bytes that fit them (the target seals some itself, as no fuzzer guesses sums) give hits that can be
//! looked at, and pass `verify` only if they are what compiling their indicators gives.

use accord_matcher::{Options, Scanner, SealedFile, Watchlist, seal};
use accord_scan::Watchfile;

const TEXT: &[u8] =
    b"www.evil.example 192.0.2.7 198.51.100.7:8443 http://bad.example/a.php?x mule@mail.example\n\
    2001:db8::7 9e107d9d372bb6826bd81d3542a419d6 x.dyn.example http://203.0.113.5/ 10.1.2.3\n";

/// Input: a byte that says how, then the bytes of a file, or sections: each its number, its length (2 bytes), its bytes.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let bytes = if how & 1 == 0 { rest.to_vec() } else { sealed(rest) };
    ask(&bytes);
}

const NAMES: [[u8; 8]; 18] = [
    *b"shape\0\0\0",
    *b"records\0",
    *b"texts\0\0\0",
    *b"buckets\0",
    *b"tags\0\0\0\0",
    *b"rows\0\0\0\0",
    *b"filter\0\0",
    *b"s.names\0",
    *b"s.whole\0",
    *b"s.ipv4\0\0",
    *b"s.addrs\0",
    *b"l.of\0\0\0\0",
    *b"l.sets\0\0",
    *b"l.member",
    *b"l.words\0",
    *b"l.text\0\0",
    *b"report\0\0",
    *b"s.last\0\0",
];

fn sealed(mut rest: &[u8]) -> Vec<u8> {
    let mut sections = Vec::new();
    while let [name, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (bytes, tail) = after.split_at(length);
        sections.push((NAMES[usize::from(*name) % NAMES.len()], bytes));
        rest = tail;
    }
    let mut file = Vec::new();
    let _ = seal::<()>(&sections, &mut |bytes| {
        file.extend_from_slice(bytes);
        Ok(())
    });
    file
}

fn ask(bytes: &[u8]) {
    if let Ok(file) = SealedFile::open(bytes.to_vec().into())
        && let Ok(list) = Watchlist::open(&file)
    {
        let mut found = Vec::new();
        Scanner::new(
            &list,
            Options {
                weak: true,
                count: false,
            },
        )
        .block(TEXT, &mut |line: &accord_matcher::LineHits<'_>| {
            found.extend_from_slice(line.hits)
        });
        for line in TEXT.split(|&byte| byte == b'\n') {
            let _ = list.lookup(&String::from_utf8_lossy(line), true);
        }
        for hit in &found {
            let _ = list.indicator(hit.indicator);
        }
        let whole = file.verify().is_ok() && list.check().is_ok();
        if list.verify().is_ok() && whole {
            let again = list.encode();
            let again = SealedFile::open(again.into()).expect("what was just sealed");
            assert_eq!(Watchlist::open(&again).expect("its sections"), list);
        }
    }
    if let Ok(file) = Watchfile::decode(bytes.to_vec()) {
        for id in 0..20 {
            let _ = (file.labels(id), file.provenance(id));
        }
        let _ = (file.summary(), file.verify());
    }
}
