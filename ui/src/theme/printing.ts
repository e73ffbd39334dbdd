/** Whether the page is being put on paper: then it is light, and its grids have all their rows. */
import { Cell } from '../cell.ts';

const paper = window.matchMedia('print');

export const printing = new Cell(paper.matches);
paper.addEventListener('change', () => printing.set(paper.matches));
