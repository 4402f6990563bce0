//! Lists of sightings, and how fast logs are gone through where nothing is asked.

use std::time::Instant;

use accord_formats::logs::LogFormat;
use accord_logstore::{Finding, Sightings};

use super::known::nat;
use super::*;

#[test]
fn a_list_is_answered_in_one_pass() {
    let mut text = String::new();
    for minute in 0..50_u16 {
        let at = |second: u8| format!("2024-10-11T09:{minute:02}:{second:02}Z");
        let inside = format!("100.64.0.{minute}");
        text += &nat(&at(0), "SADD", &inside, 1, "203.0.113.1", 1000 + minute % 5);
        text += &nat(&at(50), "SDEL", &inside, 1, "203.0.113.1", 1000 + minute % 5);
    }
    let asking = asking(&[log("cgn", &text).format(LogFormat::Cgnat)]);
    let mut list = "time,address,port,protocol\n".to_owned();
    for minute in 0..50 {
        list += &format!(
            "2024-10-11T09:{minute:02}:25Z,203.0.113.1,{},tcp\n",
            1000 + minute % 5
        );
    }
    list += "2024-10-11 09:00:00,203.0.113.1,1000,tcp\n";
    let sightings = Sightings::parse(&list, 0, 100).unwrap();
    assert_eq!(
        (sightings.rows.len(), sightings.bad.len(), sightings.bad[0].row),
        (50, 1, 52)
    );
    let questions = sightings
        .rows
        .iter()
        .map(|(_, question)| question.clone())
        .collect();
    let answers = asking.all(&exact(questions));
    assert_eq!((answers.passes, answers.scanned_bytes), (1, text.len() as u64));
    for (minute, answer) in answers.answers.iter().enumerate() {
        assert_eq!(answer.finding, Finding::One);
        assert!(
            brief(&answer.holders[0]).starts_with(&format!("100.64.0.{minute}: told")),
            "{minute}"
        );
    }
}

/// Goes through some 40 MB in which nothing is asked about, and says how fast; the answer must be that nobody is known.
#[test]
fn speed_where_nothing_is_asked() {
    let mut text = String::new();
    for number in 0..300_000_u32 {
        let (minute, second) = (number / 60 % 60, number % 60);
        let at = format!("2024-10-11T{:02}:{minute:02}:{second:02}Z", number / 3600 % 24);
        let inside = format!("100.64.{}.{}", number / 250 % 250, number % 250);
        text += &nat(
            &at,
            "SADD",
            &inside,
            1,
            &format!("203.0.113.{}", number % 250),
            (number % 60_000) as u16,
        );
    }
    let asking = asking_with(&[log("cgn", &text)], Limits::default());
    let started = Instant::now();
    let answer = asking.one("198.51.100.77 4711 tcp", "2024-10-12T09:30:00Z");
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "assignments: {:.1} MB in {seconds:.3} s, {:.0} MB/s",
        text.len() as f64 / 1e6,
        text.len() as f64 / 1e6 / seconds
    );
    assert_eq!(answer.finding, Finding::NotCovered);
}
