"""English."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "title": "How well Wardwatch recognises people",
    "measured_on": "Measured on {date} with Wardwatch {software}.",
    "digest": "Digest of this report: {digest}",
    # -- in short --
    "in_short": "In short",
    "short_walks": "Of 100 listed people who walk past one camera, {missed} are not noticed (95 % certain: {low} to"
    " {high}), if they show several views of their face; the list has {listed} people with one photo each.",
    "short_alike": "Of those who show one view only, as who stands still does, {missed} of 100 are not noticed"
    " ({low} to {high}).",
    "short_strangers": "Of 1,000 strangers who walk past, {told} raise an alert about somebody else ({low} to {high}).",
    "short_pictures": "Of 100 single pictures of listed people, {missed} are missed where one picture of a stranger in"
    " 100 is taken for somebody ({low} to {high}; a list of {listed}).",
    "short_pictures_none": "How often single pictures are missed where one stranger in 100 is taken for somebody cannot"
    " be measured with this data: too few people are in it.",
    "short_human": "An alert is not a verdict: people compare two faces and decide, and an alert never affects"
    " anybody's treatment.",
    # -- words --
    "words": "What the words mean",
    "word_missed": "missed: a listed person is there and is not noticed, or is taken for another listed person (FNIR)",
    "word_taken": "taken for somebody: a stranger is so like a listed person that the system takes them for one (FPIR)",
    "word_interval": "in brackets: with 95 % certainty the true share lies there, as far as chance in the choice of"
    " people goes; not what differs between this data and a real entrance",
    "word_list": "list: so many people, drawn from everybody in the data; figures are the mean over all lists that can"
    " be drawn, computed exactly",
    "word_held_out": "held out: the threshold was set on one half of the people, the misses were counted in the other,"
    " and then the other way round",
    "word_none": "not measurable with this data: fewer than five pairs of people, or five people, would decide the"
    " figure; two sisters are no share of a population",
    "word_extrapolated": "*: too rare to be counted here; by a curve fitted to the most alike tenth",
    # -- the data --
    "data": "What was measured on",
    "data_name": "data",
    "data_people": "people",
    "data_pictures": "pictures",
    "data_faces": "pictures with a face",
    "data_refused": "of these too small, turned or blurred to be compared",
    "data_left_out": "people and pictures left out",
    "data_digest": "digest of the files",
    "model_detector": "finds faces",
    "model_embedder": "compares faces",
    # -- walks --
    "walks": "People who walk past a camera",
    "walks_about": "Walks are made of a person's pictures and go through the code of the running services: what a"
    " walk says is the mean of its looks, and from {strong} on it raises an alert. Several views: 3 to 5 pictures of"
    " different days. One view: three frames made of one picture. Real walks lie between the two.",
    "views_unlike": "several views",
    "views_alike": "one view",
    "views": "what is seen",
    "photos": "photos on the list",
    "searches": "walks of listed people",
    "strangers": "walks of strangers",
    "missed": "missed",
    "alerts": "strangers who raise an alert",
    "a_day": "a day at 15,000 visitors",
    "walks_rates": "What would be missed if the threshold were set so that a given share of strangers' walks raise an"
    " alert:",
    "rate": "strangers",
    "threshold": "threshold",
    "held_out": "missed, held out",
    "not_measurable": "not measurable with this data",
    # -- pictures --
    "pictures": "Single pictures",
    "pictures_about": "The hardest case: one picture, compared once. A sighting begins at {sighted}; an alert needs"
    " more.",
    "listed": "people on the list",
    "pictures_searched": "pictures searched",
    "rank_one": "the right person is nearest",
    "pictures_at": "At thresholds that can be set (list of {listed}, one photo):",
    "taken": "strangers taken for somebody",
    "fixed_about": "One fixed list: everybody with two pictures or more ({listed} people), {searches} searches of them,"
    " and {strangers} strangers with one picture each:",
    "floor": "The lowest threshold that this report allows is {threshold}: of strangers' pictures {taken} are taken for"
    " somebody there.",
    "floor_none": "This report allows no threshold: too few strangers are in the data.",
    # -- one to one --
    "verification": "One picture against one",
    "verification_about": "{same} pairs of one person and {others} pairs of two.",
    "false_accepts": "pairs of two people accepted",
    "true_accepts": "pairs of one person accepted",
    "folds": "By the pairs file: {accuracy} of all pairs told right, standard error {deviation}; {missing} pairs left"
    " out, in which a picture shows no face.",
    # -- groups --
    "groups": "By group",
    "groups_about": "Groups are those that the people themselves declared. At the threshold of a sighting, {sighted},"
    " single pictures, among everybody.",
    "groups_none": "Not measured: the people in this data did not declare any group. Nobody guesses it for them.",
    "group": "group",
    "too_few": "too few people",
    # -- detection --
    "detection": "Whether faces are found",
    "detection_about": "Faces that a person marked in pictures, searched as a camera's frames are.",
    "height": "height of the face, pixels",
    "all_faces": "all",
    "faces": "faces",
    "found": "found",
    # -- clips --
    "clips": "Films",
    "clips_about": "{films} films of people who are not on the list, {frames} frames, {faces} faces, {walks} walks.",
    "clips_raised": "Of these walks {raised} would have raised an alert; the nearest to anybody on the list was"
    " {nearest}.",
    # -- to look at --
    "suspects": "For a person to look at",
    "suspects_about": "{two} pairs of people look as if they were one person or relatives, and {wrong} pictures as if"
    " they were somebody else's. They are named in {file}. Whoever finds one person under two names leaves both out"
    " (--leave-out) and says so; relatives stay in.",
    # -- limits --
    "limits": "What this cannot tell",
    "limit_press": "How well it works at an entrance: light, angle and movement differ from these pictures. A"
    " hospital's own cameras can be better or worse.",
    "limit_people": "How well it works for people who are not like those in the data, in age, sex or origin.",
    "limit_training": "Whether the recogniser saw people of this data when it was made. If it did, it looks better than"
    " it is.",
    "limit_masks": "How well it works with masks, in profile, or from above.",
    "limit_frames": "How much frames of a real walk differ. The two kinds of walks are the two ends.",
    "limit_crowd": "What happens when people crowd, hide or try to be mistaken.",
    # -- pictures --
    "det": "What is missed, by how often strangers are taken for somebody",
    "det_x": "strangers taken for somebody",
    "det_y": "listed people missed",
    "series_pictures": "pictures, list of {listed}",
    "series_unlike": "walks, several views",
    "series_alike": "walks, one view",
    "histogram": "Likeness of two pictures",
    "histogram_x": "cosine",
    "histogram_same": "of one person",
    "histogram_others": "of two people",
}
