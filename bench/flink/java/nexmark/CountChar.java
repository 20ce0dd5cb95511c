package nexmark;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.ScalarFunction;

/** q14's function: how often a letter of ASCII occurs in a text. Reads the bytes where they are. */
public final class CountChar extends ScalarFunction {
    private static final long serialVersionUID = 1;

    public long eval(
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class) StringData text,
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class) StringData letter) {
        BinaryStringData bytes = (BinaryStringData) text;
        byte wanted = ((BinaryStringData) letter).byteAt(0);
        long count = 0;
        for (int at = 0; at < bytes.getSizeInBytes(); at++) {
            if (bytes.byteAt(at) == wanted) {
                count++;
            }
        }
        return count;
    }
}
