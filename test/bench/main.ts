/** `npm run bench`: Holdfast and keepalived side by side on the same lab, in the same run. */
