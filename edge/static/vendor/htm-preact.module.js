import{h as r,Component as o,render as t}from"./preact.module.js";export{h,render,Component}from"./preact.module.js";import e from"./htm.module.js";var m=e.bind(r);export{m as html};
