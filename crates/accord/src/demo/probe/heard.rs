//! What was heard, and the comparison of two worlds by it.

use super::super::StepError;

/// One answer, made comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; zero where it is no answer.
    pub status: u16,
    /// Names and values, sorted.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What was heard after one step: route by route.
pub type Heard = Vec<(String, Answer)>;

/// What was heard in the first world.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<Heard>,
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Answers.
    pub answers: u64,
    /// Bytes of statuses, headers and bodies.
    pub bytes: u64,
}

impl Recording {
    /// Keeps what was heard after the next step.
    pub fn keep(&mut self, heard: Heard) {
        self.steps.push(heard);
    }

    /// Compares what was heard after a step, counted from 1, with what the first world said.
    pub fn compare(&self, step: usize, heard: Heard, compared: &mut Compared) -> Result<(), StepError> {
        let before = self
            .steps
            .get(step.saturating_sub(1))
            .ok_or_else(|| StepError::new("the first world has no such step"))?;
        if before.len() != heard.len() {
            return Err(StepError::new(format!(
                "the outsider found {} routes in one world and {} in the other",
                before.len(),
                heard.len()
            )));
        }
        for ((route, first), (other, second)) in before.iter().zip(&heard) {
            if route != other {
                return Err(StepError::new(format!("routes differ: {route} and {other}")));
            }
            if let Some(difference) = first.difference(second) {
                return Err(StepError::new(format!(
                    "{route} tells the two worlds apart: {difference}"
                )));
            }
            compared.answers += 1;
            compared.bytes += first.size();
        }
        Ok(())
    }
}

impl Answer {
    /// Bytes that nobody asked for.
    pub const fn letter(body: Vec<u8>) -> Self {
        Self {
            status: 0,
            headers: Vec::new(),
            body,
        }
    }

    fn size(&self) -> u64 {
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        (self.body.len() + headers + 3) as u64
    }

    /// The first difference, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("status {} and {}", self.status, other.status));
        }
        if self.headers != other.headers {
            let first = self.headers.iter().find(|header| !other.headers.contains(header));
            let second = other.headers.iter().find(|header| !self.headers.contains(header));
            return Some(format!("headers {first:?} and {second:?}"));
        }
        if self.body == other.body {
            return None;
        }
        let at = self
            .body
            .iter()
            .zip(&other.body)
            .take_while(|(one, two)| one == two)
            .count();
        let around = |body: &[u8]| {
            let part: Vec<u8> = body
                .iter()
                .skip(at.saturating_sub(40))
                .take(80)
                .copied()
                .collect();
            String::from_utf8_lossy(&part).into_owned()
        };
        Some(format!(
            "byte {at} of {} and {}: {:?} and {:?}",
            self.body.len(),
            other.body.len(),
            around(&self.body),
            around(&other.body)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, header: &str, body: &str) -> Answer {
        Answer {
            status,
            headers: vec![("x".into(), header.into())],
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_difference_is_found() {
        let one = answer(200, "h", "body of a page");
        assert_eq!(one.difference(&one.clone()), None);
        for (other, expected) in [
            (answer(404, "h", "body of a page"), "status 200 and 404"),
            (answer(200, "i", "body of a page"), "headers"),
            (answer(200, "h", "body of b page"), "byte 8"),
            (answer(200, "h", "body of a page."), "byte 14 of 14 and 15"),
        ] {
            let said = one.difference(&other).unwrap();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_recording_fails_on_the_first_difference() {
        let heard = |body: &str| vec![("GET /".to_owned(), answer(200, "h", body))];
        let mut recording = Recording::default();
        recording.keep(heard("same"));
        let mut compared = Compared::default();
        assert!(recording.compare(1, heard("same"), &mut compared).is_ok());
        assert_eq!(compared.answers, 1);
        let said = recording.compare(1, heard("other"), &mut compared).unwrap_err();
        assert!(
            said.to_string().contains("GET / tells the two worlds apart"),
            "{said}"
        );
        assert!(recording.compare(1, Vec::new(), &mut compared).is_err());
        assert!(recording.compare(2, heard("same"), &mut compared).is_err());
    }
}
