// The classes of the datasets whose classes are words: by the names that state, links and files know them by.

export const names = {
  "T-shirt": "T-shirt", trousers: "trousers", pullover: "pullover", dress: "dress", coat: "coat", sandal: "sandal", shirt: "shirt", sneaker: "sneaker", bag: "bag", "ankle boot": "ankle boot",
  airplane: "airplane", automobile: "automobile", bird: "bird", cat: "cat", deer: "deer", dog: "dog", frog: "frog", horse: "horse", ship: "ship", truck: "truck",
};
