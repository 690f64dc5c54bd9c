// A picture as a file: always light, with its ground, its font and what it shows.

const SVG = "http://www.w3.org/2000/svg";
const SHARPNESS = 2; // pixels of the PNG by those of the SVG

export function svgText(svg: SVGElement, about: string, ground: string): string {
  svg.setAttribute("xmlns", SVG);
  svg.querySelector("style")?.remove(); // the style of a page
  const back = document.createElementNS(SVG, "rect");
  back.setAttribute("width", "100%");
  back.setAttribute("height", "100%");
  back.setAttribute("fill", ground);
  const said = document.createElementNS(SVG, "desc");
  said.textContent = about;
  svg.prepend(said, back);
  return `${new XMLSerializer().serializeToString(svg)}\n`;
}

/** Draw an SVG text on a canvas. */
export async function pngOf(text: string): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = await loaded(address);
    const canvas = document.createElement("canvas");
    canvas.width = image.width * SHARPNESS;
    canvas.height = image.height * SHARPNESS;
    const context = canvas.getContext("2d");
    context?.scale(SHARPNESS, SHARPNESS);
    context?.drawImage(image, 0, 0);
    return await new Promise((done, fail) => canvas.toBlob(
      (blob) => (blob ? done(blob) : fail(new Error("the browser made no PNG"))), "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => fail(new Error("the browser did not draw the picture"));
    image.src = address;
  });
}
