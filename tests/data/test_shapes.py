"""Shapes that real files have, small: each case stands for one rule of the reader."""

import pytest
from conftest import Read, parse


def rows(*lines: str) -> list[list[str]]:
    return [line.split("¦") for line in lines]


SHAPES: list[tuple[str, str, list[list[str]]]] = [
    # The delimiter is the one that cuts every line alike and leaves whole things.
    ("a log set with spaces has no header", "2024-01-01 10:00:01 INFO start 12\n2024-01-01 10:00:02 WARN slow 300\n2024-01-01 10:00:09 INFO stop 2\n",
     rows("2024-01-01¦10:00:01¦INFO¦start¦12", "2024-01-01¦10:00:02¦WARN¦slow¦300", "2024-01-01¦10:00:09¦INFO¦stop¦2")),
    ("a web server's log keeps its quoted request whole",
     '127.0.0.1 - - "GET /a HTTP/1.0" 200 2326\n127.0.0.2 - - "GET /b HTTP/1.0" 404 12\n127.0.0.3 - ann "POST /c HTTP/1.0" 200 99\n',
     rows("127.0.0.1¦-¦-¦GET /a HTTP/1.0¦200¦2326", "127.0.0.2¦-¦-¦GET /b HTTP/1.0¦404¦12", "127.0.0.3¦-¦ann¦POST /c HTTP/1.0¦200¦99")),
    ("carets set apart what commas do not", "name^age^city\nAnn^31^Rome\nBo^40^Bern, CH\n", rows("name¦age¦city", "Ann¦31¦Rome", "Bo¦40¦Bern, CH")),
    ("so do tildes", "id~text~n\n1~one, two~3\n2~three; four~4\n", rows("id¦text¦n", "1¦one, two¦3", "2¦three; four¦4")),
    ("commas of prose between pipes are text", "id|comment|score\n1|Well, I think, it is good|4\n2|Bad; really, bad|1\n3|No idea, sorry, bye|3\n",
     rows("id¦comment¦score", "1¦Well, I think, it is good¦4", "2¦Bad; really, bad¦1", "3¦No idea, sorry, bye¦3")),
    ("as often as semicolons, commas are still text", "id;desc\n1;a, b\n2;d, e\n3;g, h\n", rows("id¦desc", "1¦a, b", "2¦d, e", "3¦g, h")),
    ("decimal commas make the semicolon the delimiter", "Datum;Wert;Anteil\n01.01.2024;1.234,50;0,5\n02.01.2024;2.000,00;0,25\n",
     rows("Datum¦Wert¦Anteil", "01.01.2024¦1.234,50¦0,5", "02.01.2024¦2.000,00¦0,25")),
    ("tabs win over thousands", "id\ttext\tamount\n1\tHello, world\t1,234\n2\tFoo, bar\t2,345\n",
     rows("id¦text¦amount", "1¦Hello, world¦1,234", "2¦Foo, bar¦2,345")),
    ("a list of accounts is set with colons",
     "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\nann:x:1000:1000:Ann:/srv/ann:/bin/sh\n",
     rows("root¦x¦0¦0¦root¦/root¦/bin/bash", "bin¦x¦1¦1¦bin¦/bin¦/sbin/nologin", "ann¦x¦1000¦1000¦Ann¦/srv/ann¦/bin/sh")),
    ("ratings are set with two colons", "movie::user::rating\n1::10::5\n1::11::3\n2::10::4\n",
     rows("movie¦user¦rating", "1¦10¦5", "1¦11¦3", "2¦10¦4")),
    ("columns aligned by spaces", "name    age  city\nAnn      31  Rome\nBo       40  Bern\nCyrus     2  Oslo\n",
     rows("name¦age¦city", "Ann¦31¦Rome", "Bo¦40¦Bern", "Cyrus¦2¦Oslo")),
    ("the unit separator is for that", "a\x1fb\x1fc\n1\x1f2\x1f3\n4\x1f5\x1f6\n", rows("a¦b¦c", "1¦2¦3", "4¦5¦6")),
    ("Hive writes ^A and no header", "1\x01Ann\x012.5\n2\x01Bo\x013.5\n", rows("1¦Ann¦2.5", "2¦Bo¦3.5")),
    ("a list within a cell sets nothing apart", "id,tags,n\n1,a|b|c,3\n2,d|e|g,2\n3,f|h|i,1\n",
     rows("id¦tags¦n", "1¦a|b|c¦3", "2¦d|e|g¦2", "3¦f|h|i¦1")),
    # A table of one column is one, though its cells hold marks.
    ("one column of sentences", "note\nHello, world\nThis is text, with commas, many\nNone here\nOne, again\n",
     rows("note", "Hello, world", "This is text, with commas, many", "None here", "One, again")),
    ("one column of addresses", "url\nhttps://a.example/x?a=1&b=2\nhttps://b.example/y;z=1\nhttp://c.example/\n",
     rows("url", "https://a.example/x?a=1&b=2", "https://b.example/y;z=1", "http://c.example/")),
    ("one column of times", "10:00\n11:30\n12:45\n", rows("10:00", "11:30", "12:45")),
    ("one column of dates with times", "t\n2024-01-01 10:00:00\n2024-01-02 11:00:00\n2024-01-03 12:30:00\n",
     rows("t", "2024-01-01 10:00:00", "2024-01-02 11:00:00", "2024-01-03 12:30:00")),
    ("one column of names", "name\nAnn Smith\nBo Jones\nCy Young\n", rows("name", "Ann Smith", "Bo Jones", "Cy Young")),
    ("one column of telephone numbers", "phone\n+1 555 123 4567\n+1 555 987 6543\n+1 555 000 1111\n",
     rows("phone", "+1 555 123 4567", "+1 555 987 6543", "+1 555 000 1111")),
    ("one column of paths", "path\n/usr/bin/env\n/usr/bin/sh\n/etc/hosts\n", rows("path", "/usr/bin/env", "/usr/bin/sh", "/etc/hosts")),
    ("two by two is enough", "a;b\n1;2\n", rows("a¦b", "1¦2")),
    # Quotes are those that set something apart.
    ("apostrophes quote", "id,name\n1,'Smith, John'\n2,'Doe, Jane'\n3,'O''Neil, Tim'\n",
     rows("id¦name", "1¦Smith, John", "2¦Doe, Jane", "3¦O'Neil, Tim")),
    ("apostrophes are letters", "id,name\n1,O'Neil\n2,D'Arcy\n3,rock 'n' roll\n", rows("id¦name", "1¦O'Neil", "2¦D'Arcy", "3¦rock 'n' roll")),
    ("marks far apart quote nothing", "a;b\n1;|2024-01-02\n3;x'\n4;y|\n5;z\n6;|x,y\n7;\";\"\n8;a|\n",
     rows("a¦b", "1¦|2024-01-02", "3¦x'", "4¦y|", "5¦z", "6¦|x,y", "7¦;", "8¦a|")),
    ("inches are no quotes", 'id,size\n1,5" pipe\n2,6" pipe\n3,7 inch\n', rows("id¦size", '1¦5" pipe', '2¦6" pipe', "3¦7 inch")),
    ("a bank does not double its quotes", '"Datum","Naam","Bedrag"\n"20240101","Winkel "De Hoek" BV","12,50"\n"20240102","Jansen","3,00"\n',
     rows("Datum¦Naam¦Bedrag", '20240101¦Winkel "De Hoek" BV¦12,50', "20240102¦Jansen¦3,00")),
    ("a path that ends in a backslash escapes no quote", '"id","path"\n"1","C:\\new\\"\n"2","C:\\temp\\"\n',
     rows("id¦path", "1¦C:\\new\\", "2¦C:\\temp\\")),
    ("JSON in a cell, its quotes doubled", 'id,data\n1,"{""a"": 1, ""b"": [1,2]}"\n2,"{""a"": 2}"\n',
     rows("id¦data", '1¦{"a": 1, "b": [1,2]}', '2¦{"a": 2}')),
    ("JSON in a cell, bare", 'id\tdata\n1\t{"a": 1, "b": [1,2]}\n2\t{"a": 2, "b": []}\n',
     rows("id¦data", '1¦{"a": 1, "b": [1,2]}', '2¦{"a": 2, "b": []}')),
    ("HTML in a cell", "id,html\n1,\"<p class=\"\"x\"\">Hi, you</p>\"\n2,\"<a href='x'>a; b</a>\"\n",
     rows("id¦html", '1¦<p class="x">Hi, you</p>', "2¦<a href='x'>a; b</a>")),
    ("a space behind the comma belongs to the comma", 'a, b, c\n1, 2, "x, y"\n3, 4, z\n', rows("a¦b¦c", "1¦2¦x, y", "3¦4¦z")),
    # The header is what is unlike the rest.
    ("numbers alone have none", "5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n",
     rows("5.1¦3.5¦setosa", "4.9¦3.0¦setosa", "7.0¦3.2¦versicolor")),
    ("words that come again are rows", "Ann,Rome\nBo,Bern\nAnn,Oslo\nCy,Rome\n", rows("Ann¦Rome", "Bo¦Bern", "Ann¦Oslo", "Cy¦Rome")),
    ("years that ascend are names", "country,2019,2020,2021\nItaly,1,2,3\nSpain,4,5,6\n",
     rows("country¦2019¦2020¦2021", "Italy¦1¦2¦3", "Spain¦4¦5¦6")),
    ("an index has no name", ",a,b\n0,1,2\n1,3,4\n2,5,6\n", rows("¦a¦b", "0¦1¦2", "1¦3¦4", "2¦5¦6")),
    ("R names its rows and not their column", '"x" "y"\n"1" 3.4 "a b"\n"2" 4.5 "c d"\n"3" 9.9 "e"\n',
     rows("¦x¦y", "1¦3.4¦a b", "2¦4.5¦c d", "3¦9.9¦e")),
    ("units below the names are of the header", "t,v\ns,m\n1,2\n3,4\n5,6\n7,8\n", rows("t s¦v m", "1¦2", "3¦4", "5¦6", "7¦8")),
    ("a name without a column of its own keeps one", "a,b,c,d\n1,2,3\n4,5,6\n7,8,9\n", rows("a¦b¦c¦d", "1¦2¦3¦", "4¦5¦6¦", "7¦8¦9¦")),
    ("a header is kept as it stands", ' a ,"b\nc"\n1,2\n3,4\n', rows(" a ¦b\nc", "1¦2", "3¦4")),
    # What is no table is left out, and nothing else.
    ("comments above the table", "# generated 2024\n# by x, y\nid,v,w\n1,2,3\n3,4,5\n", rows("id¦v¦w", "1¦2¦3", "3¦4¦5")),
    ("a header behind a comment's mark", "#id\tname\n1\ta\n2\tb\n", rows("#id¦name", "1¦a", "2¦b")),
    ("a comment's mark before every value is data", "color,n\n#ff0000,5\n#00ff00,6\n#0000ff,7\n",
     rows("color¦n", "#ff0000¦5", "#00ff00¦6", "#0000ff¦7")),
    ("so it is in a single column", "#a\n#b\n#c\n", rows("#a", "#b", "#c")),
    ("lines drawn by a database's client", " id | name \n----+------\n  1 | Ann\n  2 | Bo\n(2 rows)\n", rows(" id ¦name ", "  1 ¦Ann", "  2 ¦Bo")),
    ("a title, and a total that is a row", "Sales 2024\n\nregion,amount\nN,10\nS,20\nTotal,30\n", rows("region¦amount", "N¦10", "S¦20", "Total¦30")),
    ("a row of empty cells above the header", ",,\na,b,c\n1,2,3\n4,5,6\n", rows("a¦b¦c", "1¦2¦3", "4¦5¦6")),
    ("a delimiter behind each row", "a;b;\n1;2;\n3;4;\n", rows("a¦b", "1¦2", "3¦4")),
    ("lines that end in three ways", "a,b\r\n1,2\n3,4\r5,6\n", rows("a¦b", "1¦2", "3¦4", "5¦6")),
    ("Excel's first line", "sep=|\na|b\n1|2\n", rows("a¦b", "1¦2")),
]


@pytest.mark.parametrize(("text", "want"), [pytest.param(t, w, id=name) for name, t, w in SHAPES])
def test_a_shape_is_read_as_people_read_it(read: Read, text: str, want: list[list[str]]) -> None:
    done = read(text.encode())
    assert parse(done.stdout) == want, done.stderr.decode()
