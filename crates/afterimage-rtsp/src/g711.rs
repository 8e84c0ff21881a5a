//! G.711: one byte a sample, as telephones have it and most cameras with a microphone.
//!
//! Belongs here: expanding it to linear samples (ITU-T G.711, sections 3.3 and 3.4). Not here:
//! what becomes of them ([`crate::voice`]).

/// The two ways of writing a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// PCMU.
    Mu,
    /// PCMA.
    A,
}

impl Law {
    /// A sample in 16 bits, as the standard's 14 (µ) or 13 (A) bits at their upper end.
    #[must_use]
    pub fn expand(self, byte: u8) -> i16 {
        match self {
            Self::Mu => {
                let code = !byte;
                let magnitude = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7);
                if code & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude }
            }
            Self::A => {
                let code = byte ^ 0x55;
                let step = i16::from(code & 0x0f) << 4;
                let magnitude = match (code >> 4) & 7 {
                    0 => step + 8,
                    segment => (step + 0x108) << (segment - 1),
                };
                if code & 0x80 == 0 { -magnitude } else { magnitude }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_are_those_of_the_standard() {
        assert_eq!(
            [0xff, 0x7f, 0x80, 0x00].map(|byte| Law::Mu.expand(byte)),
            [0, 0, 32_124, -32_124]
        );
        assert_eq!(
            [0xd5, 0x55, 0xaa, 0x2a].map(|byte| Law::A.expand(byte)),
            [8, -8, 32_256, -32_256]
        );
    }

    #[test]
    fn louder_codes_are_louder_samples() {
        for law in [Law::Mu, Law::A] {
            let mut samples: Vec<i16> = (0..=255).map(|byte| law.expand(byte)).collect();
            samples.sort_unstable();
            samples.dedup();
            let expected = if law == Law::Mu { 255 } else { 256 };
            assert_eq!(
                samples.len(),
                expected,
                "every code is a level of its own; µ has two zeros"
            );
            assert!(samples.iter().all(|sample| samples.contains(&-sample)), "and symmetrical");
        }
    }
}
