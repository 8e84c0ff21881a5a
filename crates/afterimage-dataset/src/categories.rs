//! Categories: the same label has the same number in every set, so that sets can be joined.
//!
//! COCO's 80 labels have COCO's own numbers (1 to 90, eleven of them unused). `motion` is 1000.
//! Any other label has a number of 1001 and above out of its SHA-256; where two labels of one set
//! fall together, the later in the alphabet takes the next free number.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

const MOTION: u32 = 1_000;
const FIRST_OF_OTHERS: u32 = 1_001;

/// COCO's labels and numbers, of `instances_train2017.json`.
const COCO: [(u32, &str); 80] = [
    (1, "person"),
    (2, "bicycle"),
    (3, "car"),
    (4, "motorcycle"),
    (5, "airplane"),
    (6, "bus"),
    (7, "train"),
    (8, "truck"),
    (9, "boat"),
    (10, "traffic light"),
    (11, "fire hydrant"),
    (13, "stop sign"),
    (14, "parking meter"),
    (15, "bench"),
    (16, "bird"),
    (17, "cat"),
    (18, "dog"),
    (19, "horse"),
    (20, "sheep"),
    (21, "cow"),
    (22, "elephant"),
    (23, "bear"),
    (24, "zebra"),
    (25, "giraffe"),
    (27, "backpack"),
    (28, "umbrella"),
    (31, "handbag"),
    (32, "tie"),
    (33, "suitcase"),
    (34, "frisbee"),
    (35, "skis"),
    (36, "snowboard"),
    (37, "sports ball"),
    (38, "kite"),
    (39, "baseball bat"),
    (40, "baseball glove"),
    (41, "skateboard"),
    (42, "surfboard"),
    (43, "tennis racket"),
    (44, "bottle"),
    (46, "wine glass"),
    (47, "cup"),
    (48, "fork"),
    (49, "knife"),
    (50, "spoon"),
    (51, "bowl"),
    (52, "banana"),
    (53, "apple"),
    (54, "sandwich"),
    (55, "orange"),
    (56, "broccoli"),
    (57, "carrot"),
    (58, "hot dog"),
    (59, "pizza"),
    (60, "donut"),
    (61, "cake"),
    (62, "chair"),
    (63, "couch"),
    (64, "potted plant"),
    (65, "bed"),
    (67, "dining table"),
    (70, "toilet"),
    (72, "tv"),
    (73, "laptop"),
    (74, "mouse"),
    (75, "remote"),
    (76, "keyboard"),
    (77, "cell phone"),
    (78, "microwave"),
    (79, "oven"),
    (80, "toaster"),
    (81, "sink"),
    (82, "refrigerator"),
    (84, "book"),
    (85, "clock"),
    (86, "vase"),
    (87, "scissors"),
    (88, "teddy bear"),
    (89, "hair drier"),
    (90, "toothbrush"),
];

/// The number of a label, before any clash within a set.
#[must_use]
pub fn category_id(label: &str) -> u32 {
    if let Some((id, _)) = COCO.iter().find(|(_, name)| *name == label) {
        return *id;
    }
    if label == "motion" {
        return MOTION;
    }
    let hash = Sha256::digest(label);
    FIRST_OF_OTHERS + u32::from_be_bytes([0, hash[0], hash[1], hash[2]])
}

/// The numbers of a set's labels.
pub(crate) fn number(labels: &BTreeSet<&str>) -> BTreeMap<String, u32> {
    let mut taken = BTreeSet::new();
    let mut numbers = BTreeMap::new();
    for label in labels {
        let mut id = category_id(label);
        while !taken.insert(id) {
            id += 1;
        }
        numbers.insert((*label).to_owned(), id);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_number_for_ever() {
        let expected = [("person", 1), ("stop sign", 13), ("toothbrush", 90), ("motion", 1_000)];
        for (label, id) in expected {
            assert_eq!(category_id(label), id, "{label} is numbered so elsewhere too");
        }
        assert_eq!(category_id("forklift"), category_id("forklift"));
        assert!(category_id("forklift") > MOTION, "COCO's range is COCO's");
    }

    #[test]
    fn the_labels_of_a_set_have_numbers_of_their_own() {
        let labels: Vec<String> = (0..5_000).map(|index| format!("label {index}")).collect();
        let numbers = number(&labels.iter().map(String::as_str).collect());
        let distinct: BTreeSet<u32> = numbers.values().copied().collect();
        assert_eq!(distinct.len(), labels.len(), "no two labels share a number");
    }

    #[test]
    fn coco_is_written_down_without_a_slip() {
        assert!(COCO.is_sorted_by(|a, b| a.0 < b.0), "numbers rise");
        let names: Vec<&str> = COCO.iter().map(|(_, name)| *name).collect();
        let model: Vec<&str> = include_str!("../../../models/coco-80.txt").lines().collect();
        assert_eq!(names, model, "the models' class order is COCO's order too");
    }
}
