// Every unit test, in one bundle for node --test.
import "./amount";
import "./facets";
import "./hash";
import "./layout";
import "./lines";
import "./own_points";
import "./palette";
import "./search";
import "./tables";
import "./temperature";
import "./ticks";
import "./words";
