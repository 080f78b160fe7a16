// Every sentence a visitor reads, by the language of the page: words.TAB.sentence(numbers) -> text.
// Each is whole, never glued from fragments, because grammars differ.

import * as common from "./en/common.js";
import * as compare from "./en/compare.js";
import * as complete from "./en/complete.js";
import * as decode from "./en/decode.js";
import * as examples from "./en/examples.js";
import * as generate from "./en/generate.js";
import * as interpolate from "./en/interpolate.js";
import * as manifold from "./en/manifold.js";
import * as map from "./en/map.js";
import * as mask from "./en/mask.js";
import * as photoFrame from "./en/photoFrame.js";
import * as pictures from "./en/pictures.js";
import * as plane from "./en/plane.js";
import * as player from "./en/player.js";
import * as reconstruct from "./en/reconstruct.js";
import * as tiles from "./en/tiles.js";
import * as style from "./en/style.js";

export const words = {
  common, compare, complete, decode, examples, generate, interpolate, manifold, map, mask, photoFrame, pictures, plane, player, reconstruct, style, tiles,
};
