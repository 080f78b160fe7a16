// Every sentence in Chinese.

import * as classes from "./classes.js";
import * as common from "./common.js";
import * as compare from "./compare.js";
import * as complete from "./complete.js";
import * as decode from "./decode.js";
import * as errors from "./errors.js";
import * as examples from "./examples.js";
import * as generate from "./generate.js";
import * as hostTraining from "./hostTraining.js";
import * as interpolate from "./interpolate.js";
import * as lesson from "./lesson.js";
import * as manifold from "./manifold.js";
import * as map from "./map.js";
import * as mask from "./mask.js";
import * as mine from "./mine.js";
import * as neighbours from "./neighbours.js";
import * as photoFrame from "./photoFrame.js";
import * as pictures from "./pictures.js";
import * as plane from "./plane.js";
import * as player from "./player.js";
import * as reconstruct from "./reconstruct.js";
import * as share from "./share.js";
import * as style from "./style.js";
import * as terms from "./terms.js";
import * as tiles from "./tiles.js";
import * as train from "./train.js";
import * as trainData from "./trainData.js";
import * as wall from "./wall.js";

export const sentences = {
  classes, common, compare, complete, decode, errors, examples, generate, hostTraining, interpolate, lesson, manifold, map, mask, mine, neighbours, photoFrame, pictures, plane, player, reconstruct, share, style, terms, tiles, train, trainData, wall,
};
