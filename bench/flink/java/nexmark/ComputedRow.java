package nexmark;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.variant.Variant;

/** A row of Flink without the types of columns that no table of Nexmark has. */
abstract class ComputedRow implements RowData {
    private RowKind rowKind = RowKind.INSERT;

    @Override
    public RowKind getRowKind() {
        return rowKind;
    }

    @Override
    public void setRowKind(RowKind kind) {
        rowKind = kind;
    }

    static IllegalStateException noSuchColumn(int at) {
        return new IllegalStateException("column " + at + " is of another type");
    }

    @Override
    public boolean getBoolean(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public byte getByte(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public short getShort(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public float getFloat(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public double getDouble(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public DecimalData getDecimal(int at, int precision, int scale) {
        throw noSuchColumn(at);
    }

    @Override
    public <T> RawValueData<T> getRawValue(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public byte[] getBinary(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public ArrayData getArray(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public MapData getMap(int at) {
        throw noSuchColumn(at);
    }

    @Override
    public Variant getVariant(int at) {
        throw noSuchColumn(at);
    }
}
